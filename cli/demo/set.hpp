#pragma once

#include "core/child_process.hpp"
#include "core/reserved_port.hpp"
#include "edge/mqtt/endpoint.hpp"

#include <filesystem>
#include <string>

namespace holdfast::cli::demo {

/// The demo's folder: an appliance as `holdfast init` makes it, a cloud broker as on EC2, and how
/// to reach both. Everything is made new; nothing needs rights.
class Set {
public:
    /// Throws Error when the folder is not empty, or localhost has no address.
    explicit Set(std::filesystem::path folder);

    const std::filesystem::path& folder() const noexcept { return folder_; }
    std::filesystem::path appliance() const { return folder_ / "appliance"; }
    std::filesystem::path spool() const { return appliance() / "state/spool.db"; }
    std::filesystem::path arduino() const { return folder_ / "arduino"; }
    std::uint16_t local_port() const noexcept { return local_port_.number(); }
    std::uint16_t app_port() const noexcept { return app_port_.number(); }

    ChildProcess::Command cloud_broker() const;
    ChildProcess::Command local_broker() const;
    ChildProcess::Command daemon() const;
    /// mosquitto_pub as an ESP32 with its own user; the password is in a file, not in the words.
    ChildProcess::Command device(const std::string& topic, const std::string& payload) const;

    /// Somebody on site, and an application at the cloud that keeps its session.
    mqtt::Endpoint viewer() const;
    mqtt::Endpoint subscriber() const;

    /// Rewrites holdfast.conf with or without what measures.
    void write_config(bool measuring) const;
    /// What a person types to be that user of mosquitto_sub and mosquitto_pub.
    std::string client_words(const std::string& user) const;

    static inline const std::string site = "demo";

private:
    void set_up_cloud_end();
    void set_up_appliance_end();
    void write_client_file(const std::string& user, const std::string& password) const;
    std::string config(bool measuring) const;
    ChildProcess::Command program(const std::filesystem::path& path, const std::string& option,
                                  const std::filesystem::path& config,
                                  const std::string& log) const;

    std::filesystem::path folder_;
    ReservedPort local_port_;
    ReservedPort site_port_;
    ReservedPort app_port_;
    std::string viewer_password_;
    std::string subscriber_password_;
};

} // namespace holdfast::cli::demo
