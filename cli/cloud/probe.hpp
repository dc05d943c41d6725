#pragma once

#include "bridge/explanation.hpp"
#include "edge/mqtt/client.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace holdfast::cli {

/// One MQTT connection to the cloud broker, by which a check learns what it allows. It works only
/// inside its calls, each of which takes at most `limit`.
class CloudProbe {
public:
    /// In a session that is kept nothing is acknowledged: it is somebody else's.
    CloudProbe(const mqtt::Endpoint& endpoint, std::chrono::milliseconds limit);

    /// Nothing once the cloud has let us in.
    std::optional<bridge::LoginRefusal> connect();
    /// Whether the cloud grants the filter.
    bool subscribe(const std::string& filter);
    /// Publishes with QoS 1 and waits until it comes back; connects anew if the cloud has ended the
    /// connection for the one before.
    bridge::Echo send(const std::string& topic, const std::string& payload);
    /// A DISCONNECT.
    void leave() { client_.stop(); }

private:
    mqtt::Handlers handlers();
    template <typename Predicate>
    bool run_until(Predicate done);

    const std::string client_id_;
    const std::chrono::milliseconds limit_;
    mqtt::Library library_;
    boost::asio::io_context loop_;
    std::optional<int> connack_;
    std::string ended_; ///< why there is no connection
    std::set<std::string> granted_;
    std::set<std::string> refused_;
    std::set<mqtt::PublishId> published_;
    std::optional<mqtt::Delivery> awaited_;
    bool came_ = false;
    mqtt::Client client_;
};

} // namespace holdfast::cli
