#pragma once

#include "cli/drill/course.hpp"

#include <chrono>
#include <string>

namespace holdfast::cli::drill {

/// What the owner of `site` keeps of a drill that began at that time (UTC): a line for each figure,
/// the verdict last.
std::string report(const std::string& site, std::chrono::system_clock::time_point began,
                   const Course::Result& result);

} // namespace holdfast::cli::drill
