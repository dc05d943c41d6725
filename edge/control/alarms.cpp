#include "edge/control/alarms.hpp"

#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace holdfast::control {

namespace {

using Json = nlohmann::ordered_json;

const std::string kept_as = "alarms.raised";

std::set<std::string> lines_of(const std::string& text) {
    std::set<std::string> lines;
    for (const auto line : split(text, '\n')) {
        if (!line.empty()) {
            lines.emplace(line);
        }
    }
    return lines;
}

Json event_json(const config::AlarmSettings& settings, const Alarm::Event& event) {
    const auto wall = wall_now() - (boot_now() - event.at);
    Json json{{"alarm", settings.name},
              {"state", event.raised ? "raised" : "cleared"},
              {"time", std::round(std::chrono::duration<double>(wall).count() * 1000) / 1000}};
    if (!clock_synchronised()) {
        json["time_uncertain"] = true;
    }
    return json;
}

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace

Alarms::Alarms(ports::Ports& ports, Handlers handlers)
    : ports_(ports)
    , handlers_(std::move(handlers))
    , raised_before_(lines_of(ports.kept(kept_as).value_or("")))
    , timer_(ports.loop) {}

void Alarms::set(const config::AlarmSettings& settings, const std::set<std::string>& sensors) {
    const auto old = alarms_.find(settings.name);
    const bool raised =
        old == alarms_.end() ? raised_before_.contains(settings.name) : old->second.alarm.raised();
    Watched watched{settings, Alarm(settings, sensors, raised, boot_now())};
    alarms_.insert_or_assign(settings.name, std::move(watched));
    sleep();
}

std::optional<TopicName> Alarms::remove(const std::string& name) {
    const auto gone = alarms_.extract(name);
    raised_before_.erase(name);
    keep();
    return gone ? std::optional(gone.mapped().settings.topic) : std::nullopt;
}

void Alarms::reading(const std::string& series, double value, BootTime at) {
    for (auto& [name, watched] : alarms_) {
        if (!watched.alarm.watches(series)) {
            continue;
        }
        if (const auto event = watched.alarm.reading(series, value, at)) {
            auto json = event_json(watched.settings, *event);
            json["series"] = series;
            json["value"] = value;
            happened(watched, *event, dump(json));
        }
    }
    sleep();
}

std::set<std::string> Alarms::raised() const {
    std::set<std::string> names;
    for (const auto& [name, watched] : alarms_) {
        if (watched.alarm.raised()) {
            names.insert(name);
        }
    }
    return names;
}

bool Alarms::is_raised(const std::string& name) const {
    const auto watched = alarms_.find(name);
    return watched != alarms_.end() && watched->second.alarm.raised();
}

void Alarms::happened(const Watched& watched, const Alarm::Event& event, const std::string& json) {
    ports_.log.notice(event.raised ? "alarm raised" : "alarm cleared",
                      {{"alarm", watched.settings.name}, {"event", json}});
    for (const auto& order : event.raised ? watched.settings.on_raise : watched.settings.on_clear) {
        handlers_.order(order);
    }
    handlers_.event(watched.settings, event, json);
    keep();
}

void Alarms::tick() {
    const auto now = boot_now();
    for (auto& [name, watched] : alarms_) {
        if (const auto event = watched.alarm.tick(now)) {
            happened(watched, *event, dump(event_json(watched.settings, *event)));
        }
    }
    sleep();
}

void Alarms::sleep() {
    const auto now = boot_now();
    std::optional<BootTime> next;
    for (const auto& [name, watched] : alarms_) {
        const auto wake = watched.alarm.wake(now);
        if (wake && (!next || *wake < *next)) {
            next = wake;
        }
    }
    if (!next) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(std::max<BootTime>(*next - now, std::chrono::milliseconds(1)));
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const auto& cancelled) {
        if (!cancelled && !alive.expired()) {
            tick();
        }
    });
}

void Alarms::keep() const {
    std::string text;
    for (const auto& name : raised()) {
        text += name + "\n";
    }
    ports_.keep(kept_as, text);
}

} // namespace holdfast::control
