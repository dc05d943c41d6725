#include "support/iot_core_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::test {

namespace {

using Fate = IotCoreRules::Fate;

// MQTT 3.1.1 §2.2.1
constexpr unsigned connect_type = 1;
constexpr unsigned publish_type = 3;
constexpr unsigned puback_type = 4;
constexpr unsigned subscribe_type = 8;

unsigned byte_at(std::string_view text, std::size_t place) {
    return static_cast<unsigned char>(text.at(place));
}

unsigned number_at(std::string_view text, std::size_t place) {
    return byte_at(text, place) << 8U | byte_at(text, place + 1);
}

/// The string with its length before it, and what stands behind it.
std::string_view take_string(std::string_view& text) {
    const auto length = number_at(text, 0);
    const auto found = text.substr(2, length);
    text.remove_prefix(2 + length);
    return found;
}

unsigned type(std::string_view packet) {
    return byte_at(packet, 0) >> 4U;
}

unsigned qos(std::string_view packet) {
    return byte_at(packet, 0) >> 1U & 3U;
}

struct Extent {
    std::size_t head = 0;
    std::size_t length = 0; ///< 0 while the length itself is not all there
};

/// MQTT 3.1.1 §2.2.3: seven bits a byte, the lowest first.
Extent extent(std::string_view bytes) {
    std::size_t body = 0;
    for (std::size_t i = 1; i < 5 && i < bytes.size(); ++i) {
        const auto digit = byte_at(bytes, i);
        body |= static_cast<std::size_t>(digit & 0x7FU) << (7 * (i - 1));
        if ((digit & 0x80U) == 0) {
            return {i + 1, i + 1 + body};
        }
    }
    return {};
}

} // namespace

std::string PacketStream::next() {
    const auto length = extent(buffer_).length;
    if (length == 0 || buffer_.size() < length) {
        return {};
    }
    auto packet = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return packet;
}

IotCoreRules::Verdict IotCoreRules::from_client(std::string_view packet, Time now) {
    const auto body = packet.substr(extent(packet).head);
    switch (type(packet)) {
    case connect_type:
        return connect(body, now);
    case subscribe_type:
        return subscribe(body);
    case publish_type:
        return publish(packet, now);
    case puback_type:
        down_.unacknowledged -= down_.unacknowledged > 0 ? 1 : 0;
        return {};
    default:
        return {};
    }
}

IotCoreRules::Verdict IotCoreRules::from_cloud(std::string_view packet, Time now) {
    if (type(packet) == puback_type) {
        up_.unacknowledged -= up_.unacknowledged > 0 ? 1 : 0;
    }
    return type(packet) == publish_type ? in_time(down_, qos(packet) > 0, now) : Verdict();
}

bool IotCoreRules::allowed(std::string_view topic) const {
    return topic.rfind(site_ + "/", 0) == 0;
}

IotCoreRules::Verdict IotCoreRules::connect(std::string_view body, Time now) {
    take_string(body); // the protocol's name
    const auto keepalive = number_at(body, 2);
    const bool has_will = (byte_at(body, 1) & 4U) != 0;
    body.remove_prefix(4);
    const std::string id(take_string(body));
    if (id.size() > limits_.client_id_bytes) {
        return {Fate::ends, fmt::format("a client id of {} bytes", id.size())};
    }
    if (keepalive < limits_.least_keepalive || keepalive > limits_.longest_keepalive) {
        return {Fate::ends, fmt::format("a keepalive of {} s", keepalive)};
    }
    if (has_will && !allowed(take_string(body))) {
        return {Fate::ends, "a last will that the policy denies"};
    }
    const auto [last, first_time] = connects_.try_emplace(id, now);
    if (!first_time && now - last->second < limits_.between_connects) {
        return {Fate::ends, std::string(too_soon)};
    }
    last->second = now;
    return {};
}

IotCoreRules::Verdict IotCoreRules::subscribe(std::string_view body) {
    body.remove_prefix(2); // the packet id
    std::size_t filters = 0;
    while (!body.empty()) {
        const auto filter = take_string(body);
        body.remove_prefix(1); // the QoS
        ++filters;
        if (!allowed(filter)) {
            return {Fate::ends, fmt::format("the policy denies to subscribe to {}", filter)};
        }
    }
    subscriptions_ += filters;
    if (filters > limits_.filters_per_subscribe || subscriptions_ > limits_.subscriptions) {
        return {Fate::ends, fmt::format("{} filters in a SUBSCRIBE and {} in the connection",
                                        filters, subscriptions_)};
    }
    return {};
}

IotCoreRules::Verdict IotCoreRules::publish(std::string_view packet, Time now) {
    auto body = packet.substr(extent(packet).head);
    const auto topic = take_string(body);
    const auto slashes = static_cast<std::size_t>(std::count(topic.begin(), topic.end(), '/'));
    const auto payload = body.size() - (qos(packet) > 0 ? 2 : 0); // behind the packet id
    if (payload > limits_.payload_bytes) {
        return {Fate::ends, fmt::format("a payload of {} bytes", payload)};
    }
    if (topic.size() > limits_.topic_bytes || slashes > limits_.topic_slashes) {
        return {Fate::ends,
                fmt::format("a topic of {} bytes and {} slashes", topic.size(), slashes)};
    }
    if (!allowed(topic)) {
        return {Fate::ends, fmt::format("the policy denies to publish on {}", topic)};
    }
    if (qos(packet) > 1) {
        return {Fate::discarded, "a publish with QoS 2"};
    }
    return in_time(up_, qos(packet) > 0, now);
}

IotCoreRules::Verdict IotCoreRules::in_time(Direction& direction, bool acknowledged,
                                            Time now) const {
    if (now - direction.second >= std::chrono::seconds(1)) {
        direction.second = now;
        direction.in_second = 0;
    }
    if (direction.in_second >= limits_.publishes_per_second) {
        return {Fate::discarded, "more publishes in a second"};
    }
    if (acknowledged && direction.unacknowledged >= limits_.unacknowledged) {
        return {Fate::discarded, "more publishes without PUBACK"};
    }
    ++direction.in_second;
    direction.unacknowledged += acknowledged ? 1 : 0;
    return {};
}

} // namespace holdfast::test
