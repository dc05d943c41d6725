#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

struct mosquitto;

namespace holdfast::test {

/// A synchronous MQTT client over libmosquitto. It works only inside its calls: no thread, no
/// reconnects. Every call has a deadline (10 s unless given) and throws Error when it passes or
/// when the connection ends first.
class MqttClient {
public:
    enum class Version { v31 = 3, v311 = 4, v5 = 5 };

    struct Message {
        std::string topic;
        std::string payload;
        int qos = 0;
        bool retain = false;
    };

    struct Options {
        std::string client_id = {}; ///< empty: a random one
        Version version = Version::v311;
        std::string username = {}; ///< empty: anonymous
        std::string password = {};
        bool clean_session = true;
        std::optional<Message> will = {};
        std::filesystem::path ca_file = {}; ///< given: TLS, verified
        std::filesystem::path certificate_file = {};
        std::filesystem::path key_file = {};
        std::string host = "127.0.0.1";
        std::chrono::seconds keepalive{60};
    };

    /// Does not connect yet.
    MqttClient(std::uint16_t port, Options options);
    explicit MqttClient(std::uint16_t port);
    MqttClient(MqttClient&&) = delete;
    /// Closes the connection without a DISCONNECT if it is still up.
    ~MqttClient();

    /// The code of the CONNACK: 0 is accepted. Throws Error when the broker closes without one, and
    /// when the TCP connection or the TLS handshake fails.
    int connect();
    /// Whether the last CONNACK said that a session was kept.
    bool session_present() const noexcept { return session_present_; }

    /// The granted QoS, or 0x80 and above for a refusal.
    int subscribe(const std::string& filter, int qos = 0);
    void unsubscribe(const std::string& filter);

    /// Waits for the acknowledgement of its QoS (0: for the write) and answers its reason code: 0,
    /// or with MQTT 5 what the broker said.
    int publish(const std::string& topic, const std::string& payload, int qos = 0,
                bool retain = false);

    /// The next message, or nothing if none comes within `limit` or the connection ends first.
    std::optional<Message> receive(std::chrono::milliseconds limit = std::chrono::seconds(30));

    /// Whether the broker ends the connection within `limit`.
    bool ends_within(std::chrono::milliseconds limit);
    /// libmosquitto's or (MQTT 5) the broker's reason for the end.
    int end_reason() const noexcept { return end_reason_; }
    bool connected() const noexcept { return connected_; }

    /// A DISCONNECT, and waits until it is out.
    void disconnect();
    /// Closes the socket without a DISCONNECT, as a crash does: the broker sends the will.
    void drop();

private:
    struct Callbacks;
    struct Free {
        void operator()(mosquitto* handle) const noexcept;
    };

    template <typename Predicate>
    bool pump_until(Predicate done, std::chrono::milliseconds limit);
    int await_ack(int mid, const std::string& what);
    void set_up();

    std::uint16_t port_;
    Options options_;
    std::unique_ptr<mosquitto, Free> handle_;
    std::optional<int> connack_;
    bool session_present_ = false;
    bool connected_ = false;
    int end_reason_ = 0;
    std::map<int, int> acks_; // mid → code
    std::deque<Message> inbox_;
};

} // namespace holdfast::test
