#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace holdfast::mqtt {

enum class Version {
    v311,
    v5, ///< messages bring where an answer is expected, and a mark for it
};

/// A broker and who we are to it. The name lookup and the TCP connection block their caller, so the
/// broker is one of this machine or of its own network.
struct Endpoint {
    /// What the broker publishes for us when we vanish without a DISCONNECT.
    struct Will {
        std::string topic;
        std::string payload;
        int qos = 1;
        bool retain = true;
    };

    std::string host = "127.0.0.1";
    std::uint16_t port = 1883;
    std::string client_id = {}; ///< not empty where the session is kept
    std::string username = {};  ///< empty: anonymous
    std::string password = {};  ///< never logged
    std::string ca_file = {};   ///< given: TLS 1.2 or later, chain and name always verified
    /// The broker's certificate is judged by this time as long as the clock lies before it, as
    /// that of a machine without a battery does after a boot.
    std::chrono::system_clock::time_point known_time = {};
    std::string certificate_file = {};
    std::string key_file = {};
    std::string alpn = {};              ///< what TLS asks for (RFC 7301); empty: nothing
    std::chrono::seconds keepalive{30}; ///< at least 5
    bool clean_session = true;
    Version version = Version::v311;
    std::optional<Will> will = {};
};

/// A message that the broker sent us. libmosquitto does not tell whether it was sent before.
struct Delivery {
    std::string topic;
    std::string payload;
    int qos = 0;
    bool retain = false;
    std::string response_topic = {}; ///< where the sender expects an answer; MQTT 5 only
    std::string correlation = {};    ///< what the answer must bring back; MQTT 5 only
};

} // namespace holdfast::mqtt
