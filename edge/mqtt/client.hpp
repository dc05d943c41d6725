#pragma once

#include "core/log.hpp"
#include "edge/mqtt/endpoint.hpp"
#include "edge/mqtt/library.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace boost::asio {
class io_context;
}

namespace holdfast::mqtt {

/// When the broker learns that a message has arrived.
enum class Acknowledge {
    at_once,
    when_told, ///< with Client::acknowledge(); until then the broker keeps the message
};

/// Names one publish among all of a client's; never repeats, over reconnects too.
using PublishId = std::uint64_t;

/// What a client tells its owner, always from the event loop and never from inside a call of the
/// client's own functions. Those that are empty are not called. They may call every function of the
/// client but must not destroy it; what they throw leaves io_context::run().
struct Handlers {
    std::function<void(bool session_present)> connected;
    /// Once when the connection ends, and once for each new reason why there is none again. What
    /// was published and has not been confirmed by then is unknown to the broker, or not: publish
    /// again.
    std::function<void(const std::string& reason)> disconnected;
    std::function<void(const Delivery&)> message;
    /// QoS 1 and 2: the broker has it. QoS 0: it was written to the socket.
    std::function<void(PublishId)> published;
    std::function<void(const std::string& filter)> subscription_refused;
    /// The broker has given up the subscription.
    std::function<void(const std::string& filter)> unsubscribed = {};
    /// The broker has granted the subscription, at the QoS asked for or less.
    std::function<void(const std::string& filter)> subscribed = {};
    /// The broker answered CONNECT with this code, which is not 0 (MQTT 3.1.1 §3.2.2.3); the reason
    /// follows in `disconnected` as with every other.
    std::function<void(int connack_code)> refused = {};
};

/// An MQTT client within one event loop; not for use from other threads.
///
/// - connects, and reconnects with Backoff, until stopped
/// - subscribes again after each connect
/// - a broker that does not answer a connect within 10 s counts as unreachable
/// - logs each reason for having no connection once, not once a retry
class Client {
public:
    /// `library` and `context` must outlive the client. Throws Error for an endpoint that can never
    /// work: a keepalive below 5 s, or a kept session without a client id.
    Client(boost::asio::io_context& context, const Library& library, Endpoint endpoint,
           Acknowledge acknowledge, Handlers handlers, Log log);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    /// Without stop(): closes the connection as a crash would; the broker sends the will.
    ~Client();

    void start();
    /// Writes what is queued and a DISCONNECT, waits until the broker has read it all, for at most
    /// a second together, and closes. While deliveries await acknowledge() it only closes, because
    /// their acknowledgements stand first in the queue: then the broker sends the will. Calls no
    /// handler. start() begins anew.
    void stop();
    bool connected() const noexcept;

    /// Remembered, and sent with every connect. Throws Error for an invalid filter, and for QoS 2
    /// in when_told mode: there the broker gives up a message before we have it.
    void subscribe(const std::string& filter, int qos);
    /// Forgotten, and told to the broker if there is a connection: in a kept session, ask again
    /// with each connect until `unsubscribed` says that the broker knows.
    void unsubscribe(const std::string& filter);

    /// Answers nothing while not connected: the message is not kept. Throws Error for a topic or
    /// payload that MQTT does not allow. In when_told mode it leaves with the next acknowledge()
    /// if deliveries await that. `correlation` goes along where the endpoint speaks MQTT 5.
    std::optional<PublishId> publish(const std::string& topic, const std::string& payload, int qos,
                                     bool retain, const std::string& correlation = {});

    /// Stops reading: no message arrives until acknowledge().
    void hold();
    /// Lets the acknowledgements of everything delivered so far leave, then reads on. In when_told
    /// mode the owner must call it well within the keepalive, because pings wait behind them. Once
    /// written, an acknowledgement can still be lost with the connection: duplicates can come.
    void acknowledge();
    /// Messages of QoS 1 delivered on this connection that await acknowledge().
    std::size_t unacknowledged() const noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace holdfast::mqtt
