#pragma once

#include "core/log.hpp"
#include "edge/mqtt/client.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace holdfast::test {

/// A subscriber in a thread of its own that remembers everything it got and comes back to a broker
/// that went away.
class Listener {
public:
    /// Connects as soon as the broker is there; subscribes with QoS 1.
    Listener(mqtt::Endpoint endpoint, const std::vector<std::string>& filters);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    /// Until the broker has taken every subscription.
    bool wait_for_connection(std::chrono::milliseconds limit = std::chrono::seconds(30));
    std::vector<mqtt::Delivery> messages() const;
    std::size_t count() const;
    /// The payload that came last on the topic.
    std::optional<std::string> last(const std::string& topic) const;
    /// Whether a message for which this holds is there, or comes within `limit`; those before
    /// number `from` do not count.
    bool wait_for(const std::function<bool(const mqtt::Delivery&)>& wanted, std::size_t from = 0,
                  std::chrono::milliseconds limit = std::chrono::seconds(30));

private:
    mqtt::Handlers handlers();

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<mqtt::Delivery> messages_;
    std::size_t filters_;
    std::size_t answered_ = 0; ///< subscriptions of this connection

    mqtt::Library library_;
    boost::asio::io_context loop_;
    mqtt::Client client_;
    std::thread thread_;
};

} // namespace holdfast::test
