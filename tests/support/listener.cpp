#include "support/listener.hpp"

#include <algorithm>

namespace holdfast::test {

Listener::Listener(mqtt::Endpoint endpoint, const std::vector<std::string>& filters)
    : filters_(filters.size())
    , client_(loop_, library_, std::move(endpoint), mqtt::Acknowledge::at_once, handlers(),
              Log::silent()) {
    for (const auto& filter : filters) {
        client_.subscribe(filter, 1);
    }
    client_.start();
    thread_ = std::thread([this] { loop_.run(); });
}

Listener::~Listener() {
    loop_.stop();
    thread_.join();
}

mqtt::Handlers Listener::handlers() {
    mqtt::Handlers handlers;
    // What is published between the connection and the subscription would be missed.
    handlers.subscribed = handlers.subscription_refused = [this](const std::string&) {
        const std::lock_guard lock(mutex_);
        ++answered_;
        changed_.notify_all();
    };
    handlers.disconnected = [this](const std::string&) {
        const std::lock_guard lock(mutex_);
        answered_ = 0;
    };
    handlers.message = [this](const mqtt::Delivery& delivery) {
        const std::lock_guard lock(mutex_);
        messages_.push_back(delivery);
        changed_.notify_all();
    };
    return handlers;
}

bool Listener::wait_for_connection(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return answered_ >= filters_; });
}

std::vector<mqtt::Delivery> Listener::messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
}

std::size_t Listener::count() const {
    const std::lock_guard lock(mutex_);
    return messages_.size();
}

std::optional<std::string> Listener::last(const std::string& topic) const {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(messages_.rbegin(), messages_.rend(),
                     [&](const mqtt::Delivery& delivery) { return delivery.topic == topic; });
    return found == messages_.rend() ? std::nullopt : std::optional(found->payload);
}

bool Listener::wait_for(const std::function<bool(const mqtt::Delivery&)>& wanted, std::size_t from,
                        std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] {
        for (; from < messages_.size(); ++from) {
            if (wanted(messages_[from])) {
                return true;
            }
        }
        return false;
    });
}

} // namespace holdfast::test
