#pragma once

#include "cloud_counter.hpp"
#include "core/child_process.hpp"
#include "core/reserved_port.hpp"
#include "support/iot_core_stand_in.hpp"
#include "support/tcp_proxy.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::bench {

/// A cloud broker with TLS, a network before it, and an appliance or a stock broker that drains
/// into it. Everything is stock Mosquitto but what the appliance is.
class UplinkStage {
public:
    struct Options {
        std::string uplink = {}; ///< more lines of this section
        std::string spool = {};  ///< and of this
        /// A stand-in of AWS IoT Core is before the cloud broker, and the appliance has its
        /// profile.
        bool iot_core = false;
    };

    explicit UplinkStage(std::filesystem::path folder);
    UplinkStage(std::filesystem::path folder, Options options);

    test::TcpProxy& network() noexcept { return network_; }
    CloudCounter& cloud() noexcept { return *counter_; }
    /// There where the options ask for it.
    const test::IotCoreStandIn& iot_core() const { return *iot_core_; }

    /// So many readings wait in the spool, the link is cut, and the daemon measures on.
    void start_appliance(std::uint64_t backlog);
    /// So many messages wait in a bridge of a stock broker with these lines in its file.
    void start_bridge(std::uint64_t backlog, const std::string& lines,
                      const std::vector<std::string>& program = {"mosquitto"});

    /// Somebody who reads the appliance's broker along.
    mqtt::Endpoint observer() const;
    /// Of the broker on this side, in the clear where it is a stock one.
    std::uint16_t local_port() const noexcept { return local_port_.number(); }
    /// Of the cloud broker, in the clear and for all.
    std::uint16_t app_port() const noexcept { return app_port_.number(); }
    /// Of the programs on this side of the network.
    std::chrono::nanoseconds cpu_time() const;
    /// The appliance's daemon, once it was started.
    pid_t daemon() const { return local_.back().pid(); }

    /// Where a stock broker may keep what it likes.
    std::filesystem::path broker_folder() const { return folder_ / "broker"; }

    static inline const std::string site = "greenhouse";

private:
    std::string settings() const;
    void open_cloud_to_all() const;
    void put_iot_core_before_cloud();
    void fill_spool(std::uint64_t readings) const;
    void wait_for_log(const std::string& file, const std::string& text) const;

    std::filesystem::path folder_;
    Options options_;
    ReservedPort local_port_;
    ReservedPort site_port_;
    ReservedPort app_port_;
    ReservedPort port_behind_iot_core_;
    test::TcpProxy network_;
    std::unique_ptr<test::IotCoreStandIn> iot_core_;
    std::string observers_password_;
    std::optional<ChildProcess> cloud_;
    std::vector<ChildProcess> local_;
    std::optional<CloudCounter> counter_;
};

} // namespace holdfast::bench
