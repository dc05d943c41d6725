#include "edge/capture.hpp"

#include "core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace holdfast::edge {

namespace {

const std::string kept_as = "captures";

} // namespace

Capture::Capture(ports::Ports& ports, const mqtt::Library& library, mqtt::Endpoint endpoint,
                 Handlers handlers)
    : ports_(ports)
    , handlers_(std::move(handlers))
    , client_(ports.loop, library, std::move(endpoint), mqtt::Acknowledge::when_told,
              client_handlers(), ports.log) {
    const auto kept = ports.kept(kept_as).value_or("");
    for (const auto line : split(kept, '\n')) {
        if (!line.empty()) {
            known_.emplace(line);
        }
    }
}

mqtt::Handlers Capture::client_handlers() {
    return {.connected = [this](bool session_present) { connected(session_present); },
            .disconnected = [this](const std::string& /*reason*/) { uncommitted_ = 0; },
            .message = [this](const mqtt::Delivery& delivery) { arrived(delivery); },
            .published = {},
            .subscription_refused = {},
            .unsubscribed = [this](const std::string& filter) { unsubscribed(filter); }};
}

std::set<std::string> Capture::wanted() const {
    std::set<std::string> filters;
    for (const auto& device : devices_) {
        filters.insert(device.topic.str());
    }
    return filters;
}

void Capture::set(std::vector<config::DeviceSettings> devices) {
    devices_ = std::move(devices);
    const auto filters = wanted();
    for (const auto& device : devices_) {
        subscribe(device);
    }
    for (const auto& filter : known_) {
        if (!filters.contains(filter)) {
            asked_.erase(filter);
            client_.unsubscribe(filter);
        }
    }
    if (client_.connected()) {
        known_.insert(filters.begin(), filters.end());
        keep();
    } else if (!started_ && !(filters.empty() && known_.empty())) {
        started_ = true;
        client_.start();
    }
}

/// Not again what is subscribed already: the broker would send what it retains once more.
void Capture::subscribe(const config::DeviceSettings& device) {
    const auto& filter = device.topic.str();
    const auto asked = asked_.find(filter);
    if (asked != asked_.end() && asked->second == device.qos) {
        return;
    }
    if (client_.connected() && !known_.contains(filter)) {
        fresh_.insert(filter);
    }
    asked_[filter] = device.qos;
    client_.subscribe(filter, device.qos);
}

void Capture::connected(bool session_present) {
    const auto filters = wanted();
    if (!session_present) {
        known_.clear();
    }
    fresh_.clear();
    std::set_difference(filters.begin(), filters.end(), known_.begin(), known_.end(),
                        std::inserter(fresh_, fresh_.end()));
    known_.insert(filters.begin(), filters.end());
    keep();
    for (const auto& filter : known_) {
        if (!filters.contains(filter)) {
            client_.unsubscribe(filter);
        }
    }
}

void Capture::unsubscribed(const std::string& filter) {
    if (!wanted().contains(filter)) {
        known_.erase(filter);
        keep();
        ports_.log.notice("device captured no more", {{"topic", filter}});
    }
}

const config::DeviceSettings* Capture::device_of(const std::string& topic) const {
    const auto device =
        std::find_if(devices_.begin(), devices_.end(), [&](const config::DeviceSettings& known) {
            return topic_matches(known.topic.str(), topic);
        });
    return device == devices_.end() ? nullptr : &*device;
}

bool Capture::is_repeat(const mqtt::Delivery& delivery) const {
    return delivery.retain &&
           std::none_of(fresh_.begin(), fresh_.end(), [&](const std::string& filter) {
               return topic_matches(filter, delivery.topic);
           });
}

void Capture::arrived(const mqtt::Delivery& delivery) {
    const auto* const device = device_of(delivery.topic);
    if (device == nullptr || is_repeat(delivery)) {
        return discard(); // of a device that was removed, or captured before
    }
    if (delivery.payload.size() > device->max_payload_bytes) {
        ++refused_;
        const auto reason =
            fmt::format("a message of {} bytes on '{}' is not kept: [device {}] takes at most {} "
                        "(max_payload); {} so far",
                        delivery.payload.size(), delivery.topic, device->name,
                        device->max_payload_bytes, refused_);
        ports_.log.warning("device message refused", {{"reason", reason}});
        handlers_.refused(reason);
        return discard();
    }
    ++uncommitted_;
    handlers_.message({delivery.topic, delivery.payload, delivery.qos, delivery.retain, boot_now(),
                       device->priority});
}

/// What is not kept must still be acknowledged, or it would stand before all that follows. Where
/// others wait to be committed, it goes with them.
void Capture::discard() {
    if (uncommitted_ == 0) {
        client_.acknowledge();
    }
}

void Capture::hold() {
    client_.hold();
}

void Capture::acknowledge() {
    uncommitted_ = 0;
    client_.acknowledge();
}

void Capture::stop() {
    client_.stop();
    started_ = false;
}

void Capture::keep() const {
    ports_.keep(kept_as, fmt::format("{}\n", fmt::join(known_, "\n")));
}

} // namespace holdfast::edge
