#pragma once

#include "config/ini.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::config {

/// Names and values of environment variables.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// The HOLDFAST_* variables of this process.
Environment process_environment();

/// HOLDFAST_SPOOL_PATH becomes the entry `path` of [spool], in place of what the file says;
/// likewise for every section in `kinds`. Variables of other sections are not ours and stay
/// untouched.
void apply_environment(const Environment& environment, std::vector<Section>& sections,
                       std::span<const std::string_view> kinds);

} // namespace holdfast::config
