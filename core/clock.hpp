#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace holdfast {

/// Time since boot, suspended time included (CLOCK_BOOTTIME): never steps, restarts at zero with
/// every boot.
using BootTime = std::chrono::duration<std::int64_t, std::micro>;

/// Time since 1970-01-01 UTC (CLOCK_REALTIME): may be wrong until the clock is synchronised.
using WallTime = std::chrono::duration<std::int64_t, std::micro>;

BootTime boot_now() noexcept;
WallTime wall_now() noexcept;

/// The kernel's random name for this boot, 36 characters (random(4), boot_id).
/// Throws SystemError where /proc is not mounted.
std::string boot_id();

/// Whether the kernel says that its clock is disciplined by NTP or a like source (adjtimex(2)).
bool clock_synchronised() noexcept;

} // namespace holdfast
