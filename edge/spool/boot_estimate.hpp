#pragma once

#include "core/clock.hpp"

#include <optional>
#include <span>
#include <vector>

namespace holdfast::spool {

/// What is known of one boot that stored something.
struct BootSpan {
    WallTime offset;   ///< wall time at boot time zero, as its own clock said
    BootTime length;   ///< boot time of the last that it stored
    bool synchronised; ///< its clock was known to be right
};

/// Where a boot lies in wall time.
struct BootEstimate {
    WallTime offset; ///< wall time at boot time zero
    /// The truth is at most so far away, either way; nothing where that cannot be known.
    std::optional<WallTime> uncertainty;

    bool operator==(const BootEstimate&) const noexcept = default;
};

/// Where each of the boots lies, which come in their order and do not overlap: those whose clock
/// was known lie where it said; another lies behind the one before it and before the one after it.
/// With both neighbours known it is put in the middle of what is possible, and half of that is its
/// uncertainty; with one its own clock is believed as far as it agrees with that one.
std::vector<BootEstimate> estimate(std::span<const BootSpan> boots);

} // namespace holdfast::spool
