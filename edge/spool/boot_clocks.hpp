#pragma once

#include "core/clock.hpp"
#include "edge/spool/sqlite.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace holdfast::spool {

/// What is known of the clock of each boot that stored something (table `boot`).
class BootClocks {
public:
    using Id = std::int64_t; ///< a later boot has a greater one

    struct Clock {
        WallTime offset; ///< wall time at boot time zero
        bool synchronised;

        bool operator==(const Clock&) const noexcept = default;
    };

    /// Loads the table and adds this boot where it is new.
    BootClocks(Database& database, const std::string& boot_id);

    Id current() const noexcept { return current_; }
    const Clock& clock(Id boot) const;
    /// Changes the clock of this boot, durably. Once it was synchronised, a clock that is not is
    /// ignored: it may have been set to anything.
    void set(const Clock& clock);

    /// Whether everything that happened in this boot up to `at` is surely older than `limit`: by
    /// its own clock, or because a later boot with a known clock had started by then.
    bool surely_before(Id boot, BootTime at, WallTime limit) const;

    /// It is at least this late when `now` has passed since this boot: by a synchronised clock of
    /// this boot, else because it began after the latest boot that had one. Zero where none ever
    /// had: a clock set by hand may be ahead by years.
    WallTime surely_past(BootTime now) const;

private:
    Database& database_;
    std::map<Id, Clock> clocks_;
    Id current_ = 0;
};

} // namespace holdfast::spool
