#pragma once

#include "cli/doctor/finding.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::cli::doctor {

/// What systemd tells of a unit.
struct UnitState {
    std::string name;
    bool exists;
    bool enabled;       ///< starts with the machine
    std::string active; ///< `active`, `failed`, …
    std::string result; ///< why it failed: `exit-code`, `watchdog`, …
    unsigned restarts;
};

/// From the output of `systemctl show --property=Id,LoadState,ActiveState,UnitFileState,Result,
/// NRestarts UNIT…`: one paragraph a unit.
std::vector<UnitState> parse_units(std::string_view text);

/// Pure.
Finding judge_unit(const UnitState& unit);

} // namespace holdfast::cli::doctor
