#include "edge/ports/message_bus.hpp"

namespace holdfast::ports {

struct MessageBus::Places {
    struct Place {
        TopicFilter filter;
        Handler handler;
    };

    std::map<std::uint64_t, Place> all;
    std::map<std::string, int> wanted; ///< filter → by how many
    std::uint64_t next = 0;
    Changes changes;

    void add(std::uint64_t id, Place place) {
        const auto filter = place.filter.str();
        all.emplace(id, std::move(place));
        if (++wanted[filter] == 1 && changes.wanted) {
            changes.wanted(filter);
        }
    }

    void remove(std::uint64_t id) {
        const auto gone = all.extract(id);
        const auto filter = gone.mapped().filter.str();
        if (--wanted[filter] == 0) {
            wanted.erase(filter);
            if (changes.unwanted) {
                changes.unwanted(filter);
            }
        }
    }
};

std::shared_ptr<MessageBus::Places> MessageBus::make_places() {
    return std::make_shared<Places>();
}

MessageBus::Subscription MessageBus::subscribe(const TopicFilter& filter, Handler handler) {
    const auto id = places_->next++;
    places_->add(id, {filter, std::move(handler)});
    // The pointer owns nothing: its deleter is what ends the subscription.
    return Subscription(
        std::shared_ptr<void>(nullptr, [id, places = std::weak_ptr(places_)](const void*) {
            if (const auto still = places.lock()) {
                still->remove(id);
            }
        }));
}

bool MessageBus::deliver(const BusMessage& message) const {
    bool anybody = false;
    for (const auto& [id, place] : places_->all) {
        if (topic_matches(place.filter.str(), message.topic)) {
            anybody = true;
            place.handler(message);
        }
    }
    return anybody;
}

void MessageBus::watch(Changes changes) {
    places_->changes = std::move(changes);
    if (!places_->changes.wanted) {
        return;
    }
    for (const auto& [filter, count] : places_->wanted) {
        places_->changes.wanted(filter);
    }
}

} // namespace holdfast::ports
