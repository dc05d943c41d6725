#pragma once

#include "edge/mqtt/handle.hpp"
#include "edge/mqtt/reasons.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

struct mosquitto_message;

namespace holdfast::mqtt {

/// One connection to the broker: libmosquitto's callbacks become data that the caller takes when a
/// call has returned, so that nothing of ours runs, or throws, inside the C library.
class Session {
public:
    struct Connack {
        int code;
        bool session_present;
    };
    struct Granted {
        int mid;
        int qos; ///< 0x80 is a refusal
    };

    /// Connects (blocking) and queues the CONNECT. Throws Error with the reason.
    explicit Session(const Endpoint& endpoint);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Waitable for reading and writing while the connection lasts.
    int socket() const noexcept;

    /// Each works as far as the socket lets it and answers the reason if the connection ended.
    std::optional<std::string> read();
    std::optional<std::string> write();
    /// To be called about once a second: keepalive.
    std::optional<std::string> tick();

    bool wants_write() const noexcept;
    /// Whether TLS holds decrypted input that the socket will not announce.
    bool has_buffered_input() const noexcept;

    /// Each queues a packet and answers its message id. Throws Error naming the topic.
    int subscribe(const std::string& filter, int qos);
    int unsubscribe(const std::string& filter);
    int publish(const std::string& topic, const std::string& payload, int qos, bool retain,
                const std::string& correlation);
    void disconnect();

    // What has arrived; the caller takes it away.
    std::optional<Connack> connack;
    std::deque<Delivery> deliveries;
    std::vector<int> published;
    std::vector<Granted> granted;
    std::vector<int> unsubscribed;
    /// How many messages of QoS 1 and 2 have arrived since the caller set it to 0.
    std::size_t to_acknowledge = 0;

private:
    struct Callbacks;

    std::optional<std::string> ended(int code);

    Endpoint endpoint_;
    Stage stage_ = Stage::reaching;
    std::string logged_; // errors that libmosquitto logged
    long verify_result_ =
        0; // what OpenSSL found of the broker's certificate when an error was logged
    Handle handle_;
};

} // namespace holdfast::mqtt
