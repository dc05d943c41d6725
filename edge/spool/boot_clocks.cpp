#include "edge/spool/boot_clocks.hpp"

#include "core/topics.hpp"
#include "edge/spool/boot_estimate.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace holdfast::spool {

namespace {

double seconds(std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1e6;
}

/// The keys are those of docs/history.md.
std::string correction_json(const std::string& epoch, BootClocks::Id boot,
                            const BootClocks::Clock& clock) {
    nlohmann::ordered_json json{{"epoch", epoch}, {"boot", boot}, {"zero", seconds(clock.offset)}};
    if (!clock.synchronised) {
        json["clock"] = "estimated";
        json["uncertainty"] = seconds(clock.uncertainty.value_or(WallTime(0)));
    }
    return json.dump();
}

} // namespace

BootClocks::BootClocks(Database& database, const std::string& boot_id)
    : database_(database)
    , up_(database, "up_block", "first")
    , local_(database, "local_block", "id") {
    Statement(database, "INSERT INTO boot (name) VALUES (?) ON CONFLICT (name) DO NOTHING")
        .use()
        .bind(boot_id)
        .run();
    const Statement all(database,
                        "SELECT id, name, clock_offset, synchronised, uncertainty FROM boot");
    auto rows = all.use();
    while (rows.next()) {
        clocks_[rows.number(0)] = {WallTime(rows.number(2)), rows.number(3) != 0,
                                   rows.is_null(4) ? std::nullopt
                                                   : std::optional(WallTime(rows.number(4)))};
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
    const auto known = clocks_.at(current_);
    // What was known for sure is not given up for a guess: the time since boot does not step.
    if (known == clock || (known.synchronised && !clock.synchronised)) {
        return;
    }
    const auto before = std::exchange(clocks_.at(current_), clock);
    try {
        auto changed = estimates();
        Transaction transaction(database_);
        store(current_, before, clock);
        for (const auto& [boot, estimate] : changed) {
            store(boot, clocks_.at(boot), estimate);
        }
        transaction.commit();
        changed.merge(clocks_);
        clocks_ = std::move(changed);
    } catch (...) {
        clocks_.at(current_) = before;
        throw;
    }
}

/// What goes up of it may be at the cloud with the time that was believed before.
void BootClocks::store(Id boot, const Clock& before, const Clock& clock) const {
    const bool learnt = !before.synchronised && (clock.synchronised || clock.uncertainty);
    const bool told = !learnt || !up_.latest(boot);
    const Statement update(database_, "UPDATE boot SET clock_offset = ?, synchronised = ?, "
                                      "uncertainty = ?, told = min(told, ?) WHERE id = ?");
    auto row = update.use();
    row.bind(clock.offset.count()).bind(std::int64_t{clock.synchronised ? 1 : 0});
    if (clock.uncertainty) {
        row.bind(clock.uncertainty->count());
    } else {
        row.bind_null();
    }
    row.bind(std::int64_t{told ? 1 : 0}).bind(boot).run();
}

/// Of boots before this one, once this one is known, where that changes what is known of them.
std::map<BootClocks::Id, BootClocks::Clock> BootClocks::estimates() const {
    const auto is_open = [](const auto& boot) {
        return !boot.second.synchronised && !boot.second.uncertainty;
    };
    const auto here = clocks_.find(current_);
    auto first = std::find_if(clocks_.begin(), here, is_open);
    if (!here->second.synchronised || first == here) {
        return {};
    }
    // The one before it bounds it.
    first = first == clocks_.begin() ? first : std::prev(first);
    std::vector<BootSpan> spans;
    for (auto boot = first; boot != std::next(here); ++boot) {
        spans.push_back({boot->second.offset, length(boot->first), boot->second.synchronised});
    }
    const auto estimated = estimate(spans);
    std::map<Id, Clock> changed;
    auto known = estimated.begin();
    for (auto boot = first; boot != here; ++boot, ++known) {
        if (is_open(*boot) && (known->uncertainty || known->offset != boot->second.offset)) {
            changed[boot->first] = {known->offset, false, known->uncertainty};
        }
    }
    return changed;
}

BootTime BootClocks::length(Id boot) const {
    return std::max(up_.latest(boot).value_or(BootTime(0)),
                    local_.latest(boot).value_or(BootTime(0)));
}

std::uint64_t BootClocks::corrections() const {
    const Statement all(database_, "SELECT count(*) FROM boot WHERE told = 0");
    auto row = all.use();
    row.next();
    return static_cast<std::uint64_t>(row.number(0));
}

std::vector<Message> BootClocks::take_corrections(std::size_t limit,
                                                  const std::string& epoch) const {
    const Statement take(database_, "UPDATE boot SET told = 1 WHERE id IN (SELECT id FROM boot "
                                    "WHERE told = 0 ORDER BY id LIMIT ?) RETURNING id");
    auto row = take.use();
    row.bind(static_cast<std::int64_t>(limit));
    std::vector<Message> messages;
    while (row.next()) {
        messages.push_back({std::string(topics::clock),
                            correction_json(epoch, row.number(0), clock(row.number(0))), 1, false,
                            boot_now()});
    }
    return messages;
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
