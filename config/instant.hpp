#pragma once

#include "core/clock.hpp"

#include <string_view>

namespace holdfast::config {

/// A moment as a person writes it: `now`; how long ago, with a unit (`2h`, `1.5d`); or RFC 3339 in
/// UTC, whole or shortened (`2026-11-21`, `2026-11-21T08:00`, `2026-11-21T08:00:00.5Z`).
/// Throws Error otherwise.
WallTime parse_instant(std::string_view text, WallTime now);

} // namespace holdfast::config
