#pragma once

#include "config/settings.hpp"
#include "core/log.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace holdfast::edge {

/// Sets every output that has a safe state to it and lets go of it: for the service manager, when
/// the daemon has crashed or hung and will not do it. Answers what could not be set within `limit`,
/// as `NAME: reason`. Throws InputError for settings of an output that are wrong.
std::vector<std::string> make_outputs_safe(const config::Settings& settings, const Log& log,
                                           std::chrono::milliseconds limit);

} // namespace holdfast::edge
