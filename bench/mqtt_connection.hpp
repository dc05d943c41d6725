#pragma once

#include "core/unique_fd.hpp"

#include <cstdint>
#include <string>

namespace holdfast::bench {

/// Just enough of MQTT 3.1.1, on a blocking socket of 127.0.0.1: little code that measures nothing
/// but the broker. Every failure is an Error.
class MqttConnection {
public:
    explicit MqttConnection(std::uint16_t port);

    void send_connect(const std::string& client, const std::string& user,
                      const std::string& password) const;
    /// Waits for the CONNACK; its code.
    int connack() const;
    /// Waits for the answer.
    void ping() const;
    /// Waits for the SUBACK; throws where it refuses.
    void subscribe(const std::string& filter) const;
    void disconnect() const;

    void send(const std::string& bytes) const;
    /// Waits for so many bytes.
    std::string receive(std::size_t size) const;

private:
    UniqueFd fd_;
};

/// A packet of less than 128 bytes behind its two-byte head.
std::string packet(unsigned char first, const std::string& body);
/// QoS 0.
std::string publish_packet(const std::string& topic, const std::string& payload);

} // namespace holdfast::bench
