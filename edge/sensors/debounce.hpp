#pragma once

#include "core/clock.hpp"

#include <optional>

namespace holdfast::sensors {

/// Makes clean changes of a contact that bounces. Pure.
///
/// - a level counts once it has lasted for `quiet`; the change is dated to the first edge that left
///   the old level
/// - a level that comes back before that has never been away
class Debounce {
public:
    struct Change {
        bool level;
        BootTime at;

        bool operator==(const Change&) const noexcept = default;
    };

    Debounce(BootTime quiet, bool level) noexcept
        : quiet_(quiet)
        , level_(level)
        , seen_(level) {}

    bool level() const noexcept { return level_; }
    /// The level that the last edge led to, whether it counts yet or not.
    bool seen() const noexcept { return seen_; }

    /// The line has had this level since `at`. Answers the change that had settled before, or, with
    /// nothing to wait for, this one.
    std::optional<Change> edge(bool level, BootTime at) noexcept;
    /// The change that has settled by now.
    std::optional<Change> settle(BootTime now) noexcept;
    /// When to call settle().
    std::optional<BootTime> due() const noexcept;

private:
    BootTime quiet_;
    bool level_; ///< that counts
    bool seen_;  ///< by the last edge
    BootTime left_{};
    BootTime last_edge_{};
};

} // namespace holdfast::sensors
