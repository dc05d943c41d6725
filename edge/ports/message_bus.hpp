#pragma once

#include "core/topic.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace holdfast::ports {

/// A message of the local broker as those see it who wait for it.
struct BusMessage {
    const std::string& topic;
    const std::string& payload;
    bool retain = false; ///< it lay at the broker before; nobody sent it now
    bool late = false;   ///< it waited at the broker while nobody here could act on it
};

/// Who wants which messages of the local broker: the one subscriber's messages, handed to many.
///
/// - a filter that several want is asked for once, and given up when the last has gone
/// - handlers run inside deliver(), in the order of their subscriptions, and must not subscribe or
///   unsubscribe
class MessageBus {
public:
    using Handler = std::function<void(const BusMessage&)>;

    /// Called when a filter is first wanted, and when it is wanted no more.
    struct Changes {
        std::function<void(const std::string& filter)> wanted;
        std::function<void(const std::string& filter)> unwanted;
    };

    /// One handler's place; it ends when this goes, at the latest with the bus.
    class Subscription {
    public:
        Subscription() = default;

    private:
        friend class MessageBus;
        explicit Subscription(std::shared_ptr<void> place)
            : place_(std::move(place)) {}

        std::shared_ptr<void> place_;
    };

    Subscription subscribe(const TopicFilter& filter, Handler handler);
    /// Whether anybody wanted it.
    bool deliver(const BusMessage& message) const;

    /// From now on `changes` is told; of what is wanted already, at once. Empty: nobody is.
    void watch(Changes changes);

private:
    struct Places;

    std::shared_ptr<Places> places_ = make_places();
    static std::shared_ptr<Places> make_places();
};

} // namespace holdfast::ports
