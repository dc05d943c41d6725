#pragma once

#include "core/clock.hpp"
#include "core/reading.hpp"
#include "edge/spool/history_table.hpp"
#include "edge/spool/sqlite.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::spool {

/// What is known of the clock of each boot that stored something (table `boot`).
class BootClocks {
public:
    using Id = std::int64_t; ///< a later boot has a greater one

    struct Clock {
        WallTime offset{}; ///< wall time at boot time zero
        bool synchronised = false;
        /// How far from the truth a guess is at most, where that is known (boot_estimate.hpp).
        std::optional<WallTime> uncertainty{};

        bool operator==(const Clock&) const noexcept = default;
    };

    /// Loads the table and adds this boot where it is new.
    BootClocks(Database& database, const std::string& boot_id);

    Id current() const noexcept { return current_; }
    const Clock& clock(Id boot) const;
    /// Changes the clock of this boot, durably. Once it was synchronised, a clock that is not is
    /// ignored: it may have been set to anything. When it becomes so, boots before it whose clock
    /// nobody had set are estimated anew.
    void set(const Clock& clock);

    /// How many boots have a clock that became known after they stored what goes up.
    std::uint64_t corrections() const;
    /// Inside a transaction: those, at most `limit`, as messages for `<site>/clock`.
    std::vector<Message> take_corrections(std::size_t limit, const std::string& epoch) const;

    /// Whether everything that happened in this boot up to `at` is surely older than `limit`: by
    /// its own clock, or because a later boot with a known clock had started by then.
    bool surely_before(Id boot, BootTime at, WallTime limit) const;

    /// It is at least this late when `now` has passed since this boot: by a synchronised clock of
    /// this boot, else because it began after the latest boot that had one. Zero where none ever
    /// had: a clock set by hand may be ahead by years.
    WallTime surely_past(BootTime now) const;

private:
    void store(Id boot, const Clock& before, const Clock& clock) const;
    std::map<Id, Clock> estimates() const;
    BootTime length(Id boot) const;

    Database& database_;
    HistoryTable up_;
    HistoryTable local_;
    std::map<Id, Clock> clocks_;
    Id current_ = 0;
};

} // namespace holdfast::spool
