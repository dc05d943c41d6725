#include "edge/control/alarm.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <vector>

namespace holdfast::control {

namespace {

Condition checked_condition(const config::AlarmSettings& settings,
                            const std::set<std::string>& sensors) {
    try {
        auto condition = Condition::parse(settings.when, settings.hysteresis);
        for (const auto& name : condition.series()) {
            if (!sensors.contains(name)) {
                const std::vector<std::string_view> names(sensors.begin(), sensors.end());
                const auto meant = nearest(name, names);
                throw Error(fmt::format("there is no [sensor {}]{}", name,
                                        meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
            }
        }
        return condition;
    } catch (const Error& error) {
        throw InputError(settings.when_where, 0, fmt::format("when: {}", error.what()));
    }
}

} // namespace

Alarm::Alarm(const config::AlarmSettings& settings, const std::set<std::string>& sensors,
             bool raised_before, BootTime now)
    : condition_(checked_condition(settings, sensors))
    , series_(condition_.series())
    , hold_(settings.hold)
    , raised_(raised_before) {
    condition_.start(now);
}

std::optional<Alarm::Event> Alarm::reading(const std::string& series, double value, BootTime at) {
    condition_.reading(series, value, at);
    return tick(at);
}

std::optional<Alarm::Event> Alarm::tick(BootTime now) {
    const auto holds = condition_.holds(now);
    if (!holds) {
        return std::nullopt;
    }
    if (!*holds) {
        holding_since_.reset();
        if (!raised_) {
            return std::nullopt;
        }
        raised_ = false;
        return Event{false, now};
    }
    if (!holding_since_) {
        holding_since_ = now;
    }
    if (raised_ || now - *holding_since_ < hold_) {
        return std::nullopt;
    }
    raised_ = true;
    return Event{true, now};
}

std::optional<BootTime> Alarm::wake(BootTime now) const noexcept {
    auto next = condition_.wake(now);
    if (holding_since_ && !raised_ && (!next || *holding_since_ + hold_ < *next)) {
        next = *holding_since_ + hold_;
    }
    return next;
}

} // namespace holdfast::control
