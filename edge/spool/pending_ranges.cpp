#include "edge/spool/pending_ranges.hpp"

namespace holdfast::spool {

PendingRanges::PendingRanges(const Database& database, Seq last)
    : put_(database, "INSERT OR REPLACE INTO pending (first, last) VALUES (?, ?)")
    , remove_(database, "DELETE FROM pending WHERE first BETWEEN ? AND ?") {
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
            // What is left of the range begins where it began, and behind the hit.
            changed_.insert({ranges_.containing(hit->first)->first, hit->last + 1});
            ranges_.erase(*hit);
        }
    }
}

void PendingRanges::save(Seq last) {
    for (const auto& keys : changed_.ranges()) {
        save_rows(keys, last);
    }
}

void PendingRanges::save_rows(SeqRange keys, Seq last) {
    remove_.use()
        .bind(static_cast<std::int64_t>(keys.first))
        .bind(static_cast<std::int64_t>(keys.last))
        .run();
    const auto put = [this](Seq first, std::optional<Seq> end) {
        auto row = put_.use();
        row.bind(static_cast<std::int64_t>(first));
        end ? row.bind(static_cast<std::int64_t>(*end)) : row.bind_null();
        row.run();
    };
    for (Seq from = keys.first; const auto hit = ranges_.first_within(from, keys.last);) {
        const auto range = *ranges_.containing(hit->first);
        put(range.first, range.last == last ? std::nullopt : std::optional(range.last));
        from = range.last + 1;
    }
    if (keys.last > last && !ranges_.contains(last + 1)) {
        put(last + 1, std::nullopt);
    }
}

} // namespace holdfast::spool
