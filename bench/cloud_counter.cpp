#include "cloud_counter.hpp"

#include "core/error.hpp"
#include "core/topics.hpp"
#include "edge/uplink/unpack.hpp"

#include <algorithm>

namespace holdfast::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t billing_step = 5 * 1024; // of AWS IoT Core

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
    , link_topic_(topics::link(site))
    , client_(loop_, library_, endpoint(port), mqtt::Acknowledge::at_once,
              {.connected = {},
               .disconnected = {},
               .message = [this](const mqtt::Delivery& delivery) { take(delivery); },
               .published = {},
               .subscription_refused = {},
               .subscribed = [this](const std::string&) { subscribed_ = true; }},
              Log::silent()) {
    client_.subscribe(site + "/sensors/#", 0);
    client_.subscribe(link_topic_, 0);
    client_.start();
    thread_ = std::thread([this] { loop_.run(); });
}

CloudCounter::~CloudCounter() {
    loop_.stop();
    thread_.join();
}

void CloudCounter::take(const mqtt::Delivery& delivery) {
    if (delivery.topic == live_topic_) {
        take_live(delivery.payload);
        return;
    }
    if (delivery.topic == link_topic_) {
        if (delivery.payload == "1" && !live_came()) {
            link_ = Clock::now().time_since_epoch().count();
        }
        return;
    }
    const auto size = delivery.topic.size() + delivery.payload.size();
    bytes_ += size;
    billed_bytes_ += (size + billing_step - 1) / billing_step * billing_step;
    ++messages_;
    readings_ += records(delivery.payload);
}

void CloudCounter::take_live(const std::string& payload) {
    const auto now = Clock::now();
    const auto readings = uplink::unpack(payload).value_or(std::vector<uplink::UnpackedReading>());
    live_readings_ += readings.size();
    if (std::any_of(readings.begin(), readings.end(),
                    [this](const auto& reading) { return reading.at.count() >= live_from_; })) {
        Clock::rep none = 0;
        live_.compare_exchange_strong(none, now.time_since_epoch().count());
    }
}

bool CloudCounter::wait_for_live(std::chrono::milliseconds limit) const {
    for (const auto end = Clock::now() + limit; !live_came() && Clock::now() < end;) {
        std::this_thread::sleep_for(2ms);
    }
    return live_came();
}

void CloudCounter::wait_for_subscription() const {
    for (int i = 0; i < 6000 && !subscribed_; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    if (!subscribed_) {
        throw Error("the cloud broker takes no subscription");
    }
}

CloudCounter::Clock::time_point CloudCounter::wait_for(std::uint64_t readings) const {
    auto last = readings_.load();
    auto moved = Clock::now();
    while (readings_ < readings) {
        std::this_thread::sleep_for(2ms);
        if (readings_ != last) {
            last = readings_;
            moved = Clock::now();
        } else if (Clock::now() - moved > 60s) {
            return moved;
        }
    }
    return Clock::now();
}

} // namespace holdfast::bench
