#pragma once

#include "cli/demo/ledger.hpp"
#include "core/reserved_port.hpp"
#include "support/arrival.hpp"
#include "support/iot_core_stand_in.hpp"
#include "support/listener.hpp"
#include "support/mqtt_client.hpp"
#include "support/program.hpp"
#include "support/tcp_proxy.hpp"
#include "support/temp_folder.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::test {

/// What a cloud application got of what the spool stored, and how.
struct Account : cli::demo::Ledger::Result, Arrival {};

/// A whole appliance and its cloud broker on loopback, as `holdfast init` sets them up: the real
/// daemon, the stock broker with the plugin, TLS everywhere, and a network with faults between
/// bridge and cloud.
class Appliance {
public:
    struct Options {
        std::string lose_at_most = "200ms";
        std::string sections = default_sections; ///< of holdfast.conf: what measures and captures
        std::filesystem::path spool = {};        ///< empty: in the appliance's own folder
        std::string uplink = {};                 ///< more lines of [uplink]
        std::vector<std::string> daemon_environment = {}; ///< NAME=VALUE, beside the usual
        std::vector<std::string> broker_environment = {}; ///< the same of the local broker
        std::string keepalive = {}; ///< of the bridge; empty: the least that its cloud allows
        /// A stand-in of AWS IoT Core with these limits is before the cloud broker.
        std::optional<IotCoreLimits> cloud_limits = {};
    };

    /// Sets everything up; nothing runs yet.
    explicit Appliance(Options options);
    Appliance();
    /// Starts all, and waits until the cloud has the first reading.
    void start();
    void start_cloud();
    void start_broker();
    void start_daemon();

    std::filesystem::path cloud_folder() const { return root_ / "cloud"; }
    Program& cloud() noexcept { return cloud_; }
    Program& broker() noexcept { return broker_; }
    Program& daemon() noexcept { return daemon_; }
    TcpProxy& network() noexcept { return network_; }
    /// There where the options have cloud_limits.
    IotCoreStandIn& iot_core() { return *iot_core_; }
    /// A subscriber at the cloud with a kept session, from start_cloud() on.
    Listener& at_cloud() { return *at_cloud_; }
    /// Somebody on site who reads everything, from start_broker() on.
    Listener& on_site() { return *on_site_; }

    std::filesystem::path folder() const { return root_ / "appliance"; }
    std::filesystem::path config_file() const { return folder() / "holdfast.conf"; }
    const std::filesystem::path& spool() const noexcept { return options_.spool; }
    std::uint16_t local_port() const noexcept { return local_port_.number(); }
    /// Of the cloud broker, for applications: `dashboard` and `operator`.
    std::uint16_t app_port() const noexcept { return app_port_.number(); }

    /// Replaces what measures and captures in holdfast.conf; SIGHUP brings it into force.
    void write_sections(const std::string& sections);
    void write_lose_at_most(const std::string& time);
    /// For a client of the local broker: `viewer` or `thing`.
    MqttClient::Options login(const std::string& user,
                              MqttClient::Version version = MqttClient::Version::v311) const;
    /// A client of the local broker over TLS, not connected yet; with that user's own password and
    /// the appliance's authority unless the options have others. No user: anonymous.
    MqttClient client(const std::string& user, MqttClient::Options options = {}) const;
    /// Of the local broker's users: viewer, who reads everything, and thing; of the cloud's:
    /// dashboard and operator.
    const std::string& password(const std::string& user) const { return passwords_.at(user); }
    /// As the device `thing`, QoS 1; returns once the broker has acknowledged every one.
    void publish(const std::string& topic, const std::vector<std::string>& payloads);

    /// Until on_site() has got everything that was published at the local broker so far.
    void hear_everything();

    /// As somebody at the cloud who may give orders, on `<site>/down/TOPIC`, QoS 1; returns once
    /// the cloud broker has acknowledged it.
    void order(const std::string& topic, const std::string& payload, bool retain = false);

    /// How many messages of devices came to the cloud, repeated ones too.
    std::size_t published_at_cloud() const;

    /// The daemon's own status, the newest.
    nlohmann::json status() const;
    /// Whether the status comes to this within `limit`.
    bool wait_for_status(const std::function<bool(const nlohmann::json&)>& wanted,
                         std::chrono::milliseconds limit = std::chrono::seconds(30)) const;
    bool wait_for_link(bool up) const;
    bool wait_for_backlog(std::uint64_t rows) const;

    /// The pending rows of the newest status, waited for.
    std::uint64_t pending();
    /// The rows that the stopped daemon had handed over and left in the spool's file without a
    /// receipt: what its crash may send twice. Receipts go to disk later than to the status. Of
    /// rows that are equal all count that were ever handed over.
    std::uint64_t handed_over_unproved() const;

    /// Measuring ends, everything is proved, the daemon stops; then what a cloud application got is
    /// held against the spool. A row that is not proved within two minutes fails the test.
    Account settle();
    /// The captured payloads in the spool, in order. The daemon must be stopped.
    std::vector<std::string> stored_messages() const;

    static inline const std::string site = "greenhouse";
    /// A SenML sensor at 50 ms, a scalar one at 100 ms, one that stays here, and a device.
    static const std::string default_sections;
    /// Only the device.
    static const std::string device_section;

private:
    void set_up();
    void put_iot_core_before_cloud();
    std::string config_text() const;
    std::string cloud_text() const;
    cli::demo::Ledger::Result account(cli::demo::Ledger& ledger) const;
    mqtt::Endpoint endpoint(std::uint16_t port, const std::string& user,
                            const std::filesystem::path& ca) const;

    Options options_;
    TempFolder root_;
    ReservedPort local_port_;
    ReservedPort site_port_;
    ReservedPort app_port_;
    ReservedPort port_behind_iot_core_;
    TcpProxy network_;
    std::unique_ptr<IotCoreStandIn> iot_core_;
    std::map<std::string, std::string> passwords_;
    std::size_t published_ = 0;
    Program cloud_;
    Program broker_;
    Program daemon_;
    std::unique_ptr<Listener> at_cloud_;
    std::unique_ptr<Listener> on_site_;
};

} // namespace holdfast::test
