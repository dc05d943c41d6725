#include "edge/uplink/schedule.hpp"

#include <algorithm>

namespace holdfast::uplink {

namespace {

/// How many rows a stretch spans at most; bounds the memory of one read. So many that the packs of
/// some dozen series are full.
constexpr Seq rows_per_stretch = 20'000;
/// A live lane that fell this far behind is a backlog like any other.
constexpr Seq live_lag = 2000;
/// More live rows than these share messages: one each would fall behind.
constexpr Seq most_singles = 32;
/// After so many stretches of other lanes in a row the backlog gets one.
constexpr unsigned others_before_backlog = 4;

/// What there is from `from` on, within one stretch, but no further than `to`.
RangeSet stretch(const RangeSet& rows, Seq from, Seq to) {
    RangeSet found;
    auto next = rows.first_within(from, to);
    if (!next) {
        return found;
    }
    to = std::min(to, next->first + rows_per_stretch - 1);
    while (next) {
        found.insert({next->first, std::min(next->last, to)});
        next = next->last < to ? rows.first_within(next->last + 1, to) : std::nullopt;
    }
    return found;
}

} // namespace

Schedule::Schedule(const Options& options, const RangeSet& pending, const RangeSet& marked)
    : options_(options)
    , available_(pending)
    , newest_(pending.back().value_or(0))
    , live_from_(newest_ + 1) {
    mark(marked);
}

void Schedule::mark(const RangeSet& rows) {
    if (options_.live_first) {
        available_.erase(rows);
        marked_.insert(rows);
    }
}

void Schedule::append(SeqRange rows, const RangeSet& marked, Time now) {
    if (!live_waits()) {
        live_since_ = now;
    }
    available_.insert(rows);
    newest_ = std::max(newest_, rows.last);
    mark(marked);
    if (available_.count_within(live_from_, end_of_time) > live_lag) {
        live_from_ = newest_ + 1;
    }
}

void Schedule::give_back(const RangeSet& rows, Lane lane) {
    (lane == Lane::priority ? marked_ : available_).insert(rows);
}

std::uint64_t Schedule::drop(const RangeSet& rows) {
    const auto before = available_.size() + marked_.size();
    available_.erase(rows);
    marked_.erase(rows);
    return before - available_.size() - marked_.size();
}

void Schedule::new_link() {
    live_from_ = std::max(newest_, options_.newest_first) - options_.newest_first + 1;
}

bool Schedule::lingers(Time now) const {
    return now - live_since_ < options_.linger &&
           available_.count_within(live_from_, end_of_time) < rows_per_stretch;
}

std::optional<Want> Schedule::take_from(Lane lane, Time now) {
    Want want{.rows = {}, .lane = lane, .one_reading_each = false};
    auto& rows = lane == Lane::priority ? marked_ : available_;
    if (lane == Lane::priority) {
        want.rows = stretch(rows, 1, end_of_time);
    } else if (!options_.live_first) {
        want.rows = lane == Lane::backlog ? stretch(rows, 1, end_of_time) : RangeSet();
    } else if (lane == Lane::live) {
        want.rows = stretch(rows, live_from_, end_of_time);
    } else if (live_from_ > 1) {
        want.rows = stretch(rows, 1, live_from_ - 1);
    }
    const bool live = lane != Lane::priority && want.rows.front().value_or(0) >= live_from_;
    if (want.rows.empty() || (live && lingers(now))) {
        return std::nullopt;
    }
    want.one_reading_each = lane == Lane::priority || (live && options_.linger.count() == 0 &&
                                                       want.rows.size() <= most_singles);
    rows.erase(want.rows);
    if (live) {
        live_since_ = now;
    }
    return want;
}

std::optional<Want> Schedule::take(Time now, const std::function<bool(Lane)>& open) {
    auto order = lanes;
    if (others_in_a_row_ >= others_before_backlog) {
        std::rotate(order.begin(), order.end() - 1, order.end());
    }
    for (const auto lane : order) {
        if (!open(lane)) {
            continue;
        }
        if (auto want = take_from(lane, now)) {
            others_in_a_row_ = lane == Lane::backlog ? 0 : others_in_a_row_ + 1;
            return want;
        }
    }
    return std::nullopt;
}

std::optional<Time> Schedule::ripe() const {
    if (options_.linger.count() == 0 || !live_waits()) {
        return std::nullopt;
    }
    return live_since_ + options_.linger;
}

} // namespace holdfast::uplink
