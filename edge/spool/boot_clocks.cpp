#include "edge/spool/boot_clocks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::spool {

BootClocks::BootClocks(Database& database, const std::string& boot_id)
    : database_(database) {
    Statement(database, "INSERT INTO boot (name) VALUES (?) ON CONFLICT (name) DO NOTHING")
        .use()
        .bind(boot_id)
        .run();
    const Statement all(database, "SELECT id, name, clock_offset, synchronised FROM boot");
    auto rows = all.use();
    while (rows.next()) {
        clocks_[rows.number(0)] = {WallTime(rows.number(2)), rows.number(3) != 0};
        if (rows.bytes(1) == boot_id) {
            current_ = rows.number(0);
        }
    }
}

const BootClocks::Clock& BootClocks::clock(Id boot) const {
    const auto found = clocks_.find(boot);
    if (found == clocks_.end()) {
        throw DatabaseDamaged(database_.path(), fmt::format("there is no boot {}", boot), 0);
    }
    return found->second;
}

void BootClocks::set(const Clock& clock) {
    const auto& known = clocks_.at(current_);
    // What was known for sure is not given up for a guess: the time since boot does not step.
    if (known == clock || (known.synchronised && !clock.synchronised)) {
        return;
    }
    const Statement update(database_,
                           "UPDATE boot SET clock_offset = ?, synchronised = ? WHERE id = ?");
    update.use()
        .bind(clock.offset.count())
        .bind(std::int64_t{clock.synchronised ? 1 : 0})
        .bind(current_)
        .run();
    clocks_.at(current_) = clock;
}

bool BootClocks::surely_before(Id boot, BootTime at, WallTime limit) const {
    const auto& own = clock(boot);
    if (own.synchronised) {
        return at + own.offset < limit;
    }
    return std::any_of(clocks_.upper_bound(boot), clocks_.end(), [limit](const auto& later) {
        return later.second.synchronised && later.second.offset < limit;
    });
}

WallTime BootClocks::surely_past(BootTime now) const {
    const auto& own = clocks_.at(current_);
    if (own.synchronised) {
        return now + own.offset;
    }
    auto latest = WallTime(0);
    for (const auto& [boot, clock] : clocks_) {
        if (clock.synchronised) {
            latest = std::max(latest, clock.offset);
        }
    }
    return latest == WallTime(0) ? latest : latest + now;
}

} // namespace holdfast::spool
