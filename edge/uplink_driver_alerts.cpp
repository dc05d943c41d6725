// UplinkDriver: what people have to know of it.

#include "core/topics.hpp"
#include "edge/plugin_commands.hpp"
#include "edge/uplink_driver.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace holdfast::edge {

namespace {

// What came up in an outage; the log has all of it.
constexpr std::size_t most_alerts_for_cloud = 50;

} // namespace

void UplinkDriver::tell_missing_routes() {
    if (missing_routes_.empty()) {
        return;
    }
    const auto reason = fmt::format("the bridge brings no receipts for {}: run 'holdfast render' "
                                    "and restart the broker",
                                    fmt::join(missing_routes_, ", "));
    log_.error("the bridge does not know all topics", {{"reason", reason}});
    alert(reason);
}

void UplinkDriver::tell_stall() {
    const auto reason = fmt::format("no receipt for {} messages though the bridge says that it is "
                                    "connected: it is made to connect anew",
                                    flow_.stats().in_flight);
    log_.warning("the uplink is stalled", {{"reason", reason}});
    alert(reason);
}

/// That there was an outage is no news: nobody is alerted.
void UplinkDriver::network_is_back() {
    log_.notice("the cloud's port answers: the bridge is made to connect anew");
    ++hints_;
    kick_bridge();
}

/// Only the broker can end the bridge's session, and does so when we ask its plugin.
void UplinkDriver::kick_bridge() {
    client_.publish(std::string(topics::control), kick_bridge_command(), 1, false);
}

/// To people on site, and to the cloud when there is a link.
void UplinkDriver::alert(const std::string& text) {
    client_.publish(topics::alert("uplink"), text, 1, false);
    tell_cloud(text);
}

void UplinkDriver::tell_cloud(const std::string& text) {
    if (alerts_for_cloud_.size() < most_alerts_for_cloud) {
        alerts_for_cloud_.push_back(text);
    }
}

void UplinkDriver::send_alerts() {
    if (alerts_for_cloud_.empty() || !flow_.stats().link) {
        return;
    }
    const auto topic = std::string(topics::up) + std::string(topics::cloud_alerts);
    for (const auto& text : std::exchange(alerts_for_cloud_, {})) {
        client_.publish(topic, text, 1, false);
    }
}

void UplinkDriver::tell(const uplink::Flow::Event& event) {
    using Kind = uplink::Flow::Event::Kind;
    const auto cloud_topic = site_ + "/" + event.topic;
    if (event.kind == Kind::released) {
        log_.notice("a topic gets through to the cloud again", {{"topic", cloud_topic}});
        alert(fmt::format("{} gets through to the cloud again", cloud_topic));
        return;
    }
    const bool some = event.kind == Kind::refused;
    log_.error(event.kind == Kind::unsendable ? "a message is against the cloud's limits"
               : some                         ? "some messages do not get through to the cloud"
                                              : "a topic does not get through to the cloud",
               {{"topic", cloud_topic}, {"reason", event.reason}});
    alert(fmt::format("{}{} does not get through to the cloud: {}", some ? "part of " : "",
                      cloud_topic, event.reason));
}

} // namespace holdfast::edge
