#pragma once

#include "support/mqtt_client.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::test {

/// A way for bytes to a broker. Reading waits for at most 10 s, or throws Error.
class ByteStream {
public:
    ByteStream() = default;
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;
    virtual ~ByteStream() = default;

    virtual void write(const std::string& bytes) = 0;
    /// Exactly so many.
    virtual std::string read(std::size_t bytes) = 0;
};

std::unique_ptr<ByteStream> tcp_stream(std::uint16_t port);
std::unique_ptr<ByteStream> websocket_stream(std::uint16_t port);

/// As much MQTT as it takes where MqttClient cannot go: over websockets, and a thousand times in
/// one process (libmosquitto's loop takes descriptors below 1024 only, three for each client).
class RawClient {
public:
    using Version = MqttClient::Version;

    RawClient(std::unique_ptr<ByteStream> stream, Version version);

    /// The code of the CONNACK.
    int connect(std::string_view client_id, std::string_view user, std::string_view password);
    /// The code of the SUBACK.
    int subscribe(std::string_view filter);
    /// With QoS 1; the code of the PUBACK, 0 where the protocol has none.
    int publish(std::string_view topic, std::string_view payload);
    /// The topic of the next message of QoS 0.
    std::string next_topic();

private:
    struct Packet {
        unsigned type;
        std::string body;
    };

    void send(unsigned header, const std::string& body);
    Packet receive();
    /// The next one of that type; messages that come before are lost.
    std::string await(unsigned type);
    bool v5() const { return version_ == Version::v5; }

    std::unique_ptr<ByteStream> stream_;
    Version version_;
};

} // namespace holdfast::test
