#include "edge/uplink/flow.hpp"

#include "core/topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <unordered_set>
#include <utility>

namespace holdfast::uplink {

namespace {

/// How many rows a catch-up stretch spans at most; bounds the memory of one read.
constexpr Seq rows_per_stretch = 2000;
/// A live lane that fell this far behind is a backlog like any other.
constexpr Seq live_lag = 2000;
/// After so many live stretches in a row the backlog gets one, so that it always gets a share.
constexpr unsigned live_turns_in_a_row = 4;
/// So many batches may wait packed while the window is full.
constexpr std::size_t enough_ready = 16;
constexpr Seq end_of_time = std::numeric_limits<Seq>::max() - 1;

std::size_t content_key(std::string_view topic, std::string_view payload) {
    const std::hash<std::string_view> hash;
    return hash(topic) * 31 + hash(payload);
}

bool same(const Batch& batch, std::string_view topic, std::string_view payload) {
    return batch.topic == topic && batch.payload == payload;
}

} // namespace

Flow::Flow(Limits limits, const RangeSet& pending, std::string nonce, RangeSet urgent)
    : limits_(limits)
    , nonce_(std::move(nonce))
    , pace_(limits.publishes_per_second)
    , available_(pending)
    , urgent_(std::move(urgent))
    , newest_(pending.back().value_or(0))
    , live_from_(newest_ + 1) {}

void Flow::appended(SeqRange rows, const RangeSet& urgent) {
    available_.insert(rows);
    urgent_.insert(urgent);
    newest_ = std::max(newest_, rows.last);
    if (available_.count_within(live_from_, end_of_time) > live_lag) {
        live_from_ = newest_ + 1;
    }
}

void Flow::dropped(const RangeSet& rows) {
    available_.erase(rows);
    urgent_.erase(rows);
    if (reading_) {
        dropped_.insert(rows);
    }
}

RangeSet Flow::claimed() const {
    RangeSet rows;
    if (reading_) {
        rows.insert(*reading_);
    }
    for (const auto& batch : ready_) {
        rows.insert(batch.rows);
    }
    for (const auto& [id, flying] : in_flight_) {
        rows.insert(flying.batch.rows);
    }
    return rows;
}

void Flow::local(bool connected) {
    connected_ = connected;
    link_ = false; // until the broker's retained message says otherwise
    take_back_all();
    begin_era();
}

void Flow::link(bool up, Time now) {
    if (!up) {
        link_ = false;
        return;
    }
    if (!link_) {
        live_from_ = newest_ + 1;
    }
    link_ = true;
    // The time without a link is not the cloud's delay.
    heard_ = now;
    for (auto& [id, flying] : in_flight_) {
        if (!flying.overtaken) {
            break;
        }
        flying.overtaken = now;
    }
    begin_era();
}

/// Messages that may be equal to others have lost the proof that their echo would be their own.
void Flow::begin_era() {
    ++era_;
    barrier_.reset();
}

void Flow::take_back_all() {
    while (!in_flight_.empty()) {
        ready_.push_front(land(std::prev(in_flight_.end())));
    }
}

std::optional<Flow::Want> Flow::want() {
    if (!open() || reading_ || ready_.size() >= enough_ready ||
        in_flight_.size() >= limits_.batches_in_flight) {
        return std::nullopt;
    }
    if (const auto urgent = next_urgent()) {
        return claim(*urgent, urgent->first >= live_from_);
    }
    const Seq boundary = limits_.live_first ? live_from_ : end_of_time;
    const auto live = available_.first_within(boundary, end_of_time);
    const auto backlog = boundary > 1 ? available_.first_within(1, boundary - 1) : std::nullopt;
    const bool take_live = live && (!backlog || live_turns_ < live_turns_in_a_row);
    auto range = take_live ? live : backlog;
    if (!range) {
        return std::nullopt;
    }
    live_turns_ = take_live ? live_turns_ + 1 : 0;
    // What arrived in the last moments is live also under fifo, once nothing older waits.
    return claim(*range, take_live || range->first >= live_from_);
}

/// The first stretch of priority series that waits.
std::optional<SeqRange> Flow::next_urgent() {
    while (const auto urgent = urgent_.first_within(0, end_of_time)) {
        if (const auto range = available_.first_within(urgent->first, urgent->last)) {
            return range;
        }
        urgent_.erase(*urgent); // all of it is on its way
    }
    return std::nullopt;
}

Flow::Want Flow::claim(SeqRange range, bool live) {
    range.last = std::min(range.last, range.first + rows_per_stretch - 1);
    available_.erase(range);
    claimed_ += range.size();
    reading_ = range;
    return {range, live};
}

void Flow::packed(const Want& want, std::vector<Batch> batches) {
    reading_.reset();
    RangeSet unread;
    unread.insert(want.range);
    for (auto& batch : batches) {
        unread.erase(batch.rows);
        ready_.push_back(std::move(batch));
    }
    claimed_ -= unread.size();
    unread.erase(std::exchange(dropped_, {}));
    available_.insert(unread);
}

std::vector<Flow::Publish> Flow::due(Time now) {
    std::vector<Publish> out;
    if (!open()) {
        return out;
    }
    expire(now);
    send_barrier(now, out);
    send_ready(now, out);
    return out;
}

void Flow::expire(Time now) {
    if (waits() && now - heard_ >= limits_.receipt_timeout) {
        break_silence(now);
    } else {
        take_back_overtaken(now);
    }
}

/// Nothing comes back. First the bridge may have stalled: a new session makes it send its queue
/// again. If the silence goes on, the queue itself is gone.
void Flow::break_silence(Time now) {
    heard_ = now;
    stalled_ = true;
    ++stalls_;
    if (++silences_ > 1) {
        resent_ += in_flight_.size();
        take_back_all();
        begin_era();
    }
}

/// What others have passed on the way is lost, once they are not merely a little early.
void Flow::take_back_overtaken(Time now) {
    const auto lost = [&](const std::optional<Time>& overtaken) {
        return overtaken && now - *overtaken >= limits_.receipt_timeout;
    };
    bool doubtful = barrier_ && !barrier_->returned && lost(barrier_->overtaken);
    std::deque<Batch> again;
    while (!in_flight_.empty() && lost(in_flight_.begin()->second.overtaken)) {
        again.push_back(land(in_flight_.begin()));
        doubtful = doubtful || !again.back().unique;
        ++resent_;
    }
    ready_.insert(ready_.begin(), std::make_move_iterator(again.begin()),
                  std::make_move_iterator(again.end()));
    if (doubtful) {
        begin_era();
    }
}

/// Something that was handed over as `id` has come back.
void Flow::heard(Id id, Time now) {
    heard_ = now;
    silences_ = 0;
    for (auto& [other, flying] : in_flight_) {
        if (other > id) {
            break;
        }
        flying.overtaken = flying.overtaken.value_or(now);
    }
    if (barrier_ && barrier_->id < id) {
        barrier_->overtaken = barrier_->overtaken.value_or(now);
    }
}

std::string Flow::barrier_payload() const {
    return fmt::format("{} {}", nonce_, era_);
}

/// Only where something waits for it: a site that sends packs alone never needs one.
void Flow::send_barrier(Time now, std::vector<Publish>& out) {
    const bool needed =
        std::any_of(ready_.begin(), ready_.end(), [](const Batch& batch) { return !batch.unique; });
    if (needed && !barrier_) {
        if (!waits()) {
            heard_ = now;
        }
        barrier_ = Barrier{.id = next_id_++};
        out.push_back({std::string(topics::barrier), barrier_payload(), false, 0});
    }
}

bool Flow::window_has_room(const Batch& batch) const noexcept {
    // Into a lasting silence goes one batch at a time: copies must not fill the broker's queue.
    return in_flight_.empty() ||
           (silences_ < 2 && in_flight_.size() < limits_.batches_in_flight &&
            bytes_in_flight_ + batch.payload.size() <= limits_.bytes_in_flight);
}

bool Flow::in_flight(std::string_view topic, std::string_view payload) const {
    const auto [begin, end] = by_content_.equal_range(content_key(topic, payload));
    return std::any_of(begin, end, [&](const auto& entry) {
        return same(in_flight_.at(entry.second).batch, topic, payload);
    });
}

bool Flow::may_go(const Batch& batch) const {
    return batch.unique || (clean() && !in_flight(batch.topic, batch.payload));
}

void Flow::send_ready(Time now, std::vector<Publish>& out) {
    // What has to wait makes the rest of its topic wait, so that a topic keeps its order.
    std::unordered_set<std::string> waiting_topics;
    std::deque<Batch> waiting;
    while (!ready_.empty() && window_has_room(ready_.front()) && pace_.may_take(now)) {
        Batch batch = std::move(ready_.front());
        ready_.pop_front();
        if (!waiting_topics.contains(batch.topic) && may_go(batch)) {
            send(std::move(batch), now, out);
        } else {
            waiting_topics.insert(batch.topic);
            waiting.push_back(std::move(batch));
        }
    }
    ready_.insert(ready_.begin(), std::make_move_iterator(waiting.begin()),
                  std::make_move_iterator(waiting.end()));
}

void Flow::send(Batch batch, Time now, std::vector<Publish>& out) {
    pace_.take();
    out.push_back({batch.topic, batch.payload, batch.retain, batch.rows.front().value_or(0)});
    if (!waits()) {
        heard_ = now;
    }
    const auto id = next_id_++;
    by_content_.emplace(content_key(batch.topic, batch.payload), id);
    bytes_in_flight_ += batch.payload.size();
    in_flight_.emplace_hint(in_flight_.end(), id, InFlight{.batch = std::move(batch), .era = era_});
}

/// Takes a batch out of the air.
Batch Flow::land(InFlightBatches::iterator flying) {
    Batch batch = std::move(flying->second.batch);
    const auto [begin, end] = by_content_.equal_range(content_key(batch.topic, batch.payload));
    by_content_.erase(
        std::find_if(begin, end, [&](const auto& entry) { return entry.second == flying->first; }));
    bytes_in_flight_ -= batch.payload.size();
    in_flight_.erase(flying);
    return batch;
}

RangeSet Flow::prove(Batch batch) {
    ++receipts_;
    claimed_ -= batch.rows.size();
    return std::move(batch.rows);
}

RangeSet Flow::receipt(std::string_view topic, std::string_view payload, Time now) {
    if (topic == topics::barrier) {
        if (barrier_ && payload == barrier_payload()) {
            barrier_->returned = true;
            heard(barrier_->id, now);
        }
        return {};
    }
    const auto [begin, end] = by_content_.equal_range(content_key(topic, payload));
    for (auto entry = begin; entry != end; ++entry) {
        const auto flying = in_flight_.find(entry->second);
        const bool proves = flying->second.batch.unique || flying->second.era == era_;
        if (proves && same(flying->second.batch, topic, payload)) {
            last_receipt_ = now;
            heard(flying->first, now);
            return prove(land(flying));
        }
    }
    // The late echo of a pack that is about to go again spares it the way.
    const auto late = std::find_if(ready_.begin(), ready_.end(), [&](const Batch& batch) {
        return batch.unique && same(batch, topic, payload);
    });
    if (late != ready_.end()) {
        Batch batch = std::move(*late);
        ready_.erase(late);
        last_receipt_ = now;
        return prove(std::move(batch));
    }
    ++stray_;
    return {};
}

std::optional<Time> Flow::wake(Time now) const {
    if (!open()) {
        return std::nullopt;
    }
    std::optional<Time> next;
    const auto consider = [&](Time time) { next = std::min(next.value_or(time), time); };
    if (waits()) {
        consider(heard_ + limits_.receipt_timeout);
    }
    if (!in_flight_.empty() && in_flight_.begin()->second.overtaken) {
        consider(*in_flight_.begin()->second.overtaken + limits_.receipt_timeout);
    }
    if (barrier_ && !barrier_->returned && barrier_->overtaken) {
        consider(*barrier_->overtaken + limits_.receipt_timeout);
    }
    if (!ready_.empty() && pace_.next() > now) {
        consider(pace_.next());
    }
    return next;
}

Flow::Stats Flow::stats() const {
    return {.pending = available_.size() + claimed_,
            .in_flight = in_flight_.size(),
            .receipts = receipts_,
            .resent = resent_,
            .stray = stray_,
            .last_receipt = last_receipt_,
            .stalls = stalls_,
            .link = open()};
}

} // namespace holdfast::uplink
