#include "edge/spool/pending_ranges.hpp"

namespace holdfast::spool {

PendingRanges::PendingRanges(const Database& database, Seq last)
    : put_(database, "INSERT OR REPLACE INTO pending (first, last) VALUES (?, ?)")
    , remove_(database, "DELETE FROM pending WHERE first = ?") {
    const Statement all(database, "SELECT first, last FROM pending ORDER BY first");
    auto rows = all.use();
    while (rows.next()) {
        const auto first = static_cast<Seq>(rows.number(0));
        const auto end = rows.is_null(1) ? last : static_cast<Seq>(rows.number(1));
        if (first <= end) {
            ranges_.insert({first, end});
        }
    }
}

void PendingRanges::prove(const RangeSet& proved) {
    for (const auto& range : proved.ranges()) {
        while (const auto hit = ranges_.first_within(range.first, range.last)) {
            changed_.insert(ranges_.containing(hit->first)->first);
            changed_.insert(hit->last + 1); // what is left behind the hit begins there
            ranges_.erase(*hit);
        }
    }
}

void PendingRanges::save(Seq last) {
    for (const Seq first : changed_) {
        save_row(first, last);
    }
}

void PendingRanges::save_row(Seq first, Seq last) {
    const auto range = ranges_.containing(first);
    const bool begins_here = range && range->first == first;
    if (!begins_here && first != last + 1) {
        remove_.use().bind(static_cast<std::int64_t>(first)).run();
        return;
    }
    auto row = put_.use();
    row.bind(static_cast<std::int64_t>(first));
    if (!begins_here || range->last == last) {
        row.bind_null();
    } else {
        row.bind(static_cast<std::int64_t>(range->last));
    }
    row.run();
}

} // namespace holdfast::spool
