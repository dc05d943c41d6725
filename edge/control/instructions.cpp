#include "edge/control/instructions.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/topics.hpp"
#include "edge/control/instruction.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace holdfast::control {

namespace {

using std::chrono::milliseconds;

const std::string kept_as = "periods.json";

} // namespace

std::vector<ports::MessageBus::Subscription>
subscribe_orders(ports::MessageBus& bus, const TopicName& topic,
                 const ports::MessageBus::Handler& handler) {
    std::vector<ports::MessageBus::Subscription> subscriptions;
    for (const auto& place : {topic.str(), std::string(topics::down) + topic.str()}) {
        subscriptions.push_back(bus.subscribe(TopicFilter(place), handler));
    }
    return subscriptions;
}

Instructions::Instructions(ports::Ports& ports, Handlers handlers)
    : ports_(ports)
    , handlers_(std::move(handlers)) {
    const auto json = nlohmann::json::parse(ports.kept(kept_as).value_or("{}"), nullptr, false);
    if (!json.is_object()) {
        ports_.log.warning("the sampling periods that were told before cannot be read");
        return;
    }
    for (const auto& [sensor, told] : json.items()) {
        if (told.is_object() && told.contains("period_ms") && told.contains("configured_ms") &&
            told["period_ms"].is_number_integer() && told["configured_ms"].is_number_integer()) {
            told_[sensor] = {milliseconds(told["period_ms"].get<std::int64_t>()),
                             milliseconds(told["configured_ms"].get<std::int64_t>())};
        }
    }
}

void Instructions::set(const config::InstructionSettings& settings) {
    instructions_.erase(settings.name);
    auto subscriptions = subscribe_orders(
        ports_.orders, settings.topic,
        [this, settings](const ports::BusMessage& message) { take(settings, message); });
    instructions_.emplace(settings.name, Known{settings, std::move(subscriptions)});
}

void Instructions::remove(const std::string& name) {
    instructions_.erase(name);
}

void Instructions::take(const config::InstructionSettings& settings,
                        const ports::BusMessage& message) {
    const auto before = handlers_.period(settings.sensors.front());
    if (!before) {
        return;
    }
    const auto topic = settings.topic.str() + "/ack";
    try {
        const auto period = allowed_period(message.payload, settings.least, settings.greatest);
        if (message.retain && period == *before) {
            return; // it stood at the broker, and is in force: no news after a reconnect
        }
        apply(settings, period);
        ports_.log.notice("sampling period set", {{"instruction", settings.name},
                                                  {"old_ms", before->count()},
                                                  {"new_ms", period.count()}});
        handlers_.answer(topic, accepted_json(*before, period));
    } catch (const Error& error) {
        ports_.log.warning("instruction refused",
                           {{"instruction", settings.name}, {"reason", error.what()}});
        handlers_.answer(topic, refused_json(*before, error.what()));
    }
}

void Instructions::apply(const config::InstructionSettings& settings, milliseconds period) {
    for (const auto& sensor : settings.sensors) {
        if (handlers_.period(sensor)) {
            handlers_.set_period(sensor, period);
            told_[sensor] = {period, configured_[sensor]};
        }
    }
    keep();
}

void Instructions::keep() const {
    nlohmann::json json = nlohmann::json::object();
    for (const auto& [sensor, told] : told_) {
        json[sensor] = {{"period_ms", told.period.count()},
                        {"configured_ms", told.configured.count()}};
    }
    ports_.keep(kept_as, json.dump(2) + "\n");
}

std::optional<milliseconds> Instructions::kept(const std::string& sensor, milliseconds configured) {
    configured_[sensor] = configured;
    const auto told = told_.find(sensor);
    if (told == told_.end()) {
        return std::nullopt;
    }
    const bool may =
        std::any_of(instructions_.begin(), instructions_.end(), [&](const auto& instruction) {
            const auto& settings = instruction.second.settings;
            return told->second.period >= settings.least &&
                   told->second.period <= settings.greatest &&
                   std::find(settings.sensors.begin(), settings.sensors.end(), sensor) !=
                       settings.sensors.end();
        });
    if (!may || told->second.configured != configured) {
        told_.erase(told);
        keep();
        return std::nullopt;
    }
    return told->second.period;
}

} // namespace holdfast::control
