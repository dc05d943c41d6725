#pragma once

#include "config/settings.hpp"

#include <set>
#include <string>

namespace holdfast::config {

/// Titles such as `sensor room` of the sections that differ between two configurations: added,
/// removed, or with other entries. Where an entry stands in its file makes no difference.
std::set<std::string> changed_sections(const Settings& before, const Settings& after);

} // namespace holdfast::config
