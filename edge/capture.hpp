#pragma once

#include "config/settings.hpp"
#include "core/log.hpp"
#include "core/reading.hpp"
#include "edge/mqtt/client.hpp"
#include "edge/ports/ports.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace holdfast::edge {

/// The messages of MQTT devices, from a session that the broker keeps while we are away. They are
/// acknowledged when they are on disk.
///
/// - a device that is configured no more is unsubscribed in the kept session, also when that was
///   noticed at a restart, or while the broker was away
/// - what a broker had retained is captured once, when its filter is new to the session, and not
///   again at each reconnect
/// - a payload that is larger than the device's `max_payload` is refused and reported
class Capture {
public:
    struct Handlers {
        std::function<void(Message)> message;
        /// Refused for a reason that a person should know.
        std::function<void(const std::string& reason)> refused;
    };

    Capture(ports::Ports& ports, const mqtt::Library& library, mqtt::Endpoint endpoint,
            Handlers handlers);

    /// What is to be captured from now on; connects if there is anything to do.
    void set(std::vector<config::DeviceSettings> devices);
    void stop();

    /// As mqtt::Client's: no message arrives between hold() and acknowledge().
    void hold();
    void acknowledge();

    std::uint64_t refused() const noexcept { return refused_; }

private:
    mqtt::Handlers client_handlers();
    void subscribe(const config::DeviceSettings& device);
    void connected(bool session_present);
    void unsubscribed(const std::string& filter);
    void arrived(const mqtt::Delivery& delivery);
    void discard();
    bool is_repeat(const mqtt::Delivery& delivery) const;
    const config::DeviceSettings* device_of(const std::string& topic) const;
    std::set<std::string> wanted() const;
    void keep() const;

    ports::Ports& ports_;
    Handlers handlers_;
    mqtt::Client client_;
    bool started_ = false;
    std::vector<config::DeviceSettings> devices_;
    std::map<std::string, int> asked_; ///< filters that the client subscribes to, with their QoS
    std::set<std::string> known_;      ///< filters that the kept session may have
    std::set<std::string> fresh_;      ///< filters that it did not have when we subscribed
    std::size_t uncommitted_ = 0;      ///< messages handed over and not acknowledged
    std::uint64_t refused_ = 0;
};

} // namespace holdfast::edge
