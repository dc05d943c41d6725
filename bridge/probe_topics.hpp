#pragma once

#include "config/settings.hpp"

#include <string>
#include <vector>

namespace holdfast::bridge {

/// One topic at the cloud for everything that goes up and needs a receipt, each once: of a sensor,
/// alarm or template its own; of an output or instruction that of its answers; of a device's filter
/// one that the filter captures, with `holdfast-check` in the place of each wildcard; and the
/// barrier and the gaps.
std::vector<std::string> probe_topics(const config::Settings& settings);

} // namespace holdfast::bridge
