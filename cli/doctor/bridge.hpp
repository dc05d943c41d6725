#pragma once

#include "cli/doctor/finding.hpp"

#include <nlohmann/json_fwd.hpp>

namespace holdfast::cli::doctor {

/// The way to the cloud, by the part `uplink` of the daemon's status.
Findings judge_uplink(const nlohmann::json& uplink);

} // namespace holdfast::cli::doctor
