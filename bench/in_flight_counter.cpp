#include "in_flight_counter.hpp"

#include "core/error.hpp"
#include "core/topics.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace holdfast::bench {

namespace {

using namespace std::chrono_literals;

} // namespace

InFlightCounter::InFlightCounter(mqtt::Endpoint endpoint)
    : client_(loop_, library_, std::move(endpoint), mqtt::Acknowledge::at_once,
              {.connected = {},
               .disconnected = {},
               .message = [this](const mqtt::Delivery& delivery) { take(delivery); },
               .published = {},
               .subscription_refused = {},
               .subscribed = [this](const std::string&) { ++subscribed_; }},
              Log::silent()) {
    client_.subscribe(std::string(topics::up) + "sensors/#", 1);
    client_.subscribe(std::string(topics::receipts) + "sensors/#", 1);
    client_.start();
    thread_ = std::thread([this] { loop_.run(); });
    for (int i = 0; i < 6000 && subscribed_ < 2; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    if (subscribed_ < 2) {
        loop_.stop();
        thread_.join();
        throw Error("the appliance's broker takes no subscription of the observer");
    }
}

InFlightCounter::~InFlightCounter() {
    loop_.stop();
    thread_.join();
}

void InFlightCounter::take(const mqtt::Delivery& delivery) {
    const bool up = delivery.topic.rfind(topics::up, 0) == 0;
    const auto prefix = up ? topics::up.size() : topics::receipts.size();
    auto message = delivery.topic.substr(prefix) + '\n' + delivery.payload;
    if (!up) {
        open_.erase(message);
        return;
    }
    ++handed_over_;
    open_.insert(std::move(message));
    most_ = std::max(most_.load(), open_.size());
}

} // namespace holdfast::bench
