#pragma once

#include "config/ini.hpp"
#include "core/topic.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::config {

/// A topic by which the sampling period of sensors is set.
struct InstructionSettings {
    std::string name;
    TopicName topic;
    std::vector<std::string> sensors; ///< by section name
    std::chrono::milliseconds least{100};
    std::chrono::milliseconds greatest{std::chrono::hours(24)};
};

/// Something that is switched or written to.
struct OutputSettings {
    std::string name;
    std::string driver;
    std::string driver_where{}; ///< of the driver's key, for messages
    TopicName topic;            ///< orders; the state goes to TOPIC/state, retained
    /// On start, at the end, and when the controller is silent; `keep` is none.
    std::optional<std::string> safe{};
    std::string safe_where{}; ///< of that key, for messages
    std::optional<std::chrono::milliseconds> controller_timeout{};
    Section driver_keys;
};

/// An order for an output, given when an alarm is raised or cleared.
struct OutputOrder {
    std::string output;
    std::string order;
    std::string where; ///< for messages

    bool operator==(const OutputOrder&) const = default;
};

/// A condition that is watched.
struct AlarmSettings {
    std::string name;
    std::string when;                  ///< edge/control/condition.hpp knows its grammar
    std::string when_where{};          ///< of that key, for messages
    std::chrono::milliseconds hold{0}; ///< how long the condition must hold
    double hysteresis = 0;
    TopicName topic; ///< of its events, here and below `<site>/`
    std::vector<OutputOrder> on_raise{};
    std::vector<OutputOrder> on_clear{};
    bool up = true; ///< whether the cloud gets its events
};

InstructionSettings read_instruction(const Section& section, const std::set<std::string>& sensors);
OutputSettings read_output(const Section& section);
AlarmSettings read_alarm(const Section& section, const std::set<std::string>& outputs);

} // namespace holdfast::config
