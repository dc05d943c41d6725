#pragma once

#include "config/control_settings.hpp"
#include "edge/control/condition.hpp"

#include <optional>
#include <set>
#include <string>

namespace holdfast::control {

/// Decides when an [alarm NAME] is raised and cleared. Pure.
///
/// - raised when its condition has held for `for`, cleared when it is known not to hold any more
/// - what is unknown changes nothing, so a raised alarm outlives a restart of its sensors
class Alarm {
public:
    struct Event {
        bool raised;
        BootTime at;
    };

    /// Throws InputError `path:line: reason` for a condition that does not parse, or that names a
    /// sensor there is not.
    Alarm(const config::AlarmSettings& settings, const std::set<std::string>& sensors,
          bool raised_before, BootTime now);

    bool raised() const noexcept { return raised_; }
    bool watches(const std::string& series) const { return series_.contains(series); }

    std::optional<Event> reading(const std::string& series, double value, BootTime at);
    std::optional<Event> tick(BootTime now);
    /// When to call tick().
    std::optional<BootTime> wake(BootTime now) const noexcept;

private:
    Condition condition_;
    std::set<std::string> series_;
    BootTime hold_;
    bool raised_;
    std::optional<BootTime> holding_since_;
};

} // namespace holdfast::control
