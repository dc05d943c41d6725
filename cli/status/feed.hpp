#pragma once

#include "cli/status/page.hpp"
#include "config/settings.hpp"

#include <chrono>
#include <filesystem>
#include <functional>

namespace holdfast::cli {

/// Reads from the local broker, as the daemon's own user, what daemon and plugin keep there, and
/// gives it to `show`: once everything is there, or after `patience`, and then, with `go_on`, at
/// each change until `show` answers that it has seen enough.
void follow_status(const config::Settings& settings, const std::filesystem::path& folder,
                   std::chrono::milliseconds patience, bool go_on,
                   const std::function<bool(const Standing&)>& show);

} // namespace holdfast::cli
