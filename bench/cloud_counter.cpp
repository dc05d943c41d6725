#include "cloud_counter.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace holdfast::bench {

namespace {

using namespace std::chrono_literals;

mqtt::Endpoint endpoint(std::uint16_t port) {
    mqtt::Endpoint endpoint;
    endpoint.host = "127.0.0.1";
    endpoint.port = port;
    endpoint.client_id = "counter";
    return endpoint;
}

/// A record of a pack has a value each; a message without is one reading.
std::uint64_t records(std::string_view payload) {
    std::uint64_t count = 0;
    constexpr std::string_view mark = "\"v\":";
    for (auto at = payload.find(mark); at != std::string_view::npos;
         at = payload.find(mark, at + mark.size())) {
        ++count;
    }
    return std::max<std::uint64_t>(count, 1);
}

} // namespace

CloudCounter::CloudCounter(std::uint16_t port, const std::string& site)
    : live_topic_(site + "/sensors/live")
    , client_(loop_, library_, endpoint(port), mqtt::Acknowledge::at_once,
              {.connected = {},
               .disconnected = {},
               .message = [this](const mqtt::Delivery& delivery) { take(delivery); },
               .published = {},
               .subscription_refused = {},
               .subscribed = [this](const std::string&) { subscribed_ = true; }},
              Log::silent()) {
    client_.subscribe(site + "/sensors/#", 0);
    client_.start();
    thread_ = std::thread([this] { loop_.run(); });
}

CloudCounter::~CloudCounter() {
    loop_.stop();
    thread_.join();
}

void CloudCounter::take(const mqtt::Delivery& delivery) {
    if (delivery.topic == live_topic_) {
        Clock::rep none = 0;
        live_readings_ += records(delivery.payload);
        live_.compare_exchange_strong(none, Clock::now().time_since_epoch().count());
        return;
    }
    ++messages_;
    readings_ += records(delivery.payload);
}

void CloudCounter::wait_for_subscription() const {
    for (int i = 0; i < 6000 && !subscribed_; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    if (!subscribed_) {
        throw Error("the cloud broker takes no subscription");
    }
}

void CloudCounter::wait_for(std::uint64_t readings) const {
    auto last = readings_.load();
    auto moved = Clock::now();
    while (readings_ < readings) {
        std::this_thread::sleep_for(2ms);
        if (readings_ != last) {
            last = readings_;
            moved = Clock::now();
        } else if (Clock::now() - moved > 60s) {
            throw Error("nothing comes to the cloud any more");
        }
    }
}

} // namespace holdfast::bench
