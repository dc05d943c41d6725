#include "edge/uplink/flow.hpp"

#include "core/topics.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace holdfast::uplink {

namespace {

/// With a new link so many of the newest rows go first, or what goes in a second if that is less.
constexpr double most_newest_first = 500;

Schedule::Options schedule_options(const Limits& limits) {
    return {.live_first = limits.live_first,
            .linger = limits.linger,
            .newest_first =
                static_cast<Seq>(std::clamp(limits.publishes_per_second, 1.0, most_newest_first))};
}

} // namespace

Flow::Flow(const Limits& limits, const RangeSet& pending, std::string nonce, const RangeSet& urgent)
    : limits_(limits)
    , nonce_(std::move(nonce))
    , pace_(limits.publishes_per_second)
    , bytes_pace_(limits.bytes_per_second)
    , window_(limits.batches_in_flight)
    , schedule_(schedule_options(limits), pending, urgent)
    , refusals_(limits.receipt_timeout)
    , pending_(pending.size())
    , at_bridge_(std::min<std::size_t>(pending.size(), limits.batches_in_flight)) {}

void Flow::appended(SeqRange rows, Time now, const RangeSet& urgent) {
    pending_ += rows.size();
    schedule_.append(rows, urgent, now);
}

void Flow::dropped(const RangeSet& rows) {
    pending_ -= schedule_.drop(rows) + refusals_.drop(rows);
    if (reading_) {
        dropped_.insert(rows);
    }
}

RangeSet Flow::claimed() const {
    RangeSet rows;
    if (reading_) {
        rows.insert(*reading_);
    }
    ready_.each([&](const Batch& batch) { rows.insert(batch.rows); });
    for (const auto& [id, flight] : in_flight_) {
        rows.insert(flight.batch.rows);
    }
    refusals_.each_probe([&](const Batch& batch) { rows.insert(batch.rows); });
    return rows;
}

void Flow::local(bool connected) {
    connected_ = connected;
    link_ = false; // until the broker's retained message says otherwise
    take_back_all();
    doubt_all();
}

void Flow::link(bool up, Time now) {
    if (link_ && !in_flight_.empty()) {
        // The cloud takes in order: if a message made it end the connection, it was this one.
        const auto topic = in_flight_.oldest().batch.topic;
        one_at_a_time_ = limits_.markers;
        if (refusals_.cut(topic, now)) {
            hold(topic);
        }
        // What is only tried must not stand for the next end as well: others may have caused that.
        take_back([this](const Flight& flight) { return refusals_.held(flight.batch.topic); });
    }
    if (!up) {
        link_ = false;
        return;
    }
    if (!link_) {
        schedule_.new_link();
        window_.new_link();
    }
    link_ = true;
    // With a new session the bridge sends again what it has, at once, and the cloud counts that.
    pace_.charge(now, static_cast<double>(in_flight_.size() + std::exchange(at_bridge_, 0)));
    // The time without a link is not the cloud's delay.
    heard_ = now;
    in_flight_.restart_overtaken(now);
    refusals_.new_link(now);
    doubt_all();
}

/// An echo of what was handed over so far may come twice and late from now on: what others may
/// equal has lost the proof that its echo would be its own. And a marker of an earlier session
/// proves nothing.
void Flow::doubt_all() {
    doubt_ = next_id_++;
    doubts_.clear();
    barrier_.reset();
    in_session_ = 0;
    take_back([this](const Flight& flight) { return limits_.markers || !flight.batch.unique; });
}

void Flow::doubt(const std::string& topic) {
    doubts_[topic] = next_id_++;
    take_back(
        [&](const Flight& flight) { return !flight.batch.unique && flight.batch.topic == topic; });
}

/// What is to go again, before what waits already.
void Flow::again(Flight flight) {
    if (refusals_.held(flight.batch.topic)) {
        keep(std::move(flight.batch));
    } else {
        ready_.push_front(flight.lane, std::move(flight.batch));
    }
}

/// From the newest to the oldest, so that they go again in their order.
template <typename Which>
std::size_t Flow::take_back(Which which) {
    std::vector<Id> ids;
    for (const auto& [id, flight] : in_flight_) {
        if (which(flight)) {
            ids.push_back(id);
        }
    }
    std::for_each(ids.rbegin(), ids.rend(), [this](Id id) { again(in_flight_.land(id)); });
    return ids.size();
}

void Flow::take_back_all() {
    at_bridge_ = std::max(at_bridge_, in_flight_.size());
    take_back([](const Flight& /*any*/) { return true; });
}

std::optional<Want> Flow::want(Time now) {
    if (!open() || reading_) {
        return std::nullopt;
    }
    schedule_.set_linger(live_wait(now));
    auto want = schedule_.take(now, [this](Lane lane) { return !ready_.enough(lane); });
    if (want) {
        reading_ = want->rows;
    }
    return want;
}

void Flow::packed(const Want& want, std::vector<Batch> batches) {
    reading_.reset();
    RangeSet unread = want.rows;
    for (auto& batch : batches) {
        unread.erase(batch.rows);
        if (const auto fault = limits_.message.fault(batch)) {
            unsendable_ += batch.rows.size();
            if (unsendable_topics_.emplace(batch.topic, *fault).second) {
                events_.push_back({Event::Kind::unsendable, batch.topic, *fault});
            }
        } else if (refusals_.held(batch.topic)) {
            keep(std::move(batch));
        } else {
            ready_.push_back(want.lane, std::move(batch));
        }
    }
    const auto unread_rows = unread.size();
    unread.erase(std::exchange(dropped_, {}));
    pending_ -= unread_rows - unread.size();
    schedule_.give_back(unread, want.lane);
}

/// Something that was handed over as `id` has come back.
void Flow::heard(Id id, Time now) {
    heard_ = now;
    silences_ = 0;
    in_flight_.overtake(id, now);
    if (barrier_ && barrier_->id < id) {
        barrier_->overtaken = barrier_->overtaken.value_or(now);
    }
}

RangeSet Flow::prove(const Batch& batch, Time now) {
    ++receipts_;
    last_receipt_ = now;
    pending_ -= batch.rows.size();
    cleared(batch.topic, now);
    return batch.rows;
}

void Flow::cleared(const std::string& topic, Time now) {
    if (const auto rows = refusals_.cleared(topic, now)) {
        schedule_.give_back(*rows, Lane::backlog);
        events_.push_back({Event::Kind::released, topic, {}});
        if (refusals_.refused(topic) > 0) {
            events_.push_back({Event::Kind::refused, topic, std::string(Refusals::refused_reason)});
        }
    }
}

RangeSet Flow::barrier_returned(std::string_view payload, Time now) {
    if (!barrier_ || payload != barrier_->payload) {
        return {};
    }
    const auto barrier = *std::exchange(barrier_, std::nullopt);
    proved_by_ = barrier.id;
    auto proved = limits_.markers ? prove_until(barrier, now) : RangeSet();
    heard(barrier.id, now);
    cleared(std::string(topics::barrier), now);
    return proved;
}

/// What was handed over before the marker, all of it in the marker's session.
RangeSet Flow::prove_until(const Barrier& marker, Time now) {
    RangeSet proved;
    const bool full = in_flight_.size() >= window_.size() / 2;
    while (!in_flight_.empty() && in_flight_.begin()->first < marker.id) {
        window_.receipt(now - marker.sent, full, now);
        proved.insert(prove(in_flight_.land(in_flight_.begin()->first).batch, now));
        one_at_a_time_ = false;
    }
    return proved;
}

RangeSet Flow::receipt(std::string_view topic, std::string_view payload, Time now) {
    if (topic == topics::barrier) {
        return barrier_returned(payload, now);
    }
    if (limits_.markers) { // a bridge that was rendered for echoes
        ++stray_;
        return {};
    }
    if (const auto flying = in_flight_.find(topic, payload); flying != in_flight_.end()) {
        const bool full = in_flight_.size() + 1 + window_.size() / reserved_share >= window_.size();
        heard(flying->first, now);
        const auto flight = in_flight_.land(flying->first);
        window_.receipt(now - flight.sent, full, now);
        return prove(flight.batch, now);
    }
    // The late echo of a pack that is about to go again spares it the way.
    if (const auto late = ready_.take(topic, payload)) {
        return prove(*late, now);
    }
    if (refusals_.expects(topic, payload)) {
        return prove(refusals_.take_probe(std::string(topic)), now);
    }
    refusals_.strange_echo(topic);
    ++stray_;
    return {};
}

std::optional<Time> Flow::wake(Time now) const {
    if (!open()) {
        return std::nullopt;
    }
    std::optional<Time> next;
    const auto consider = [&](Time time) { next = std::min(next.value_or(time), time); };
    // What may have come already and waits for something else: that will be an event.
    const auto consider_later = [&](std::optional<Time> time) {
        if (time && *time > now) {
            consider(*time);
        }
    };
    if (waits()) {
        consider(heard_ + patience());
        if (!barrier_) {
            consider_later(heard_ + probe_after());
        }
    }
    if (!in_flight_.empty() && in_flight_.oldest().overtaken) {
        consider(*in_flight_.oldest().overtaken + grace());
    }
    if (barrier_ && barrier_->overtaken) {
        consider(*barrier_->overtaken + grace());
    }
    if (!ready_.empty() || refusals_.next() || needs_marker()) {
        consider_later(pace_.next());
        consider_later(bytes_pace_.next());
    }
    consider_later(refusals_.next());
    consider_later(schedule_.ripe());
    return next;
}

Flow::Stats Flow::stats() const {
    return {.pending = pending_,
            .in_flight = in_flight_.size(),
            .receipts = receipts_,
            .resent = resent_,
            .stray = stray_,
            .last_receipt = last_receipt_,
            .stalls = stalls_,
            .link = open(),
            .window = window_.size(),
            .round_trip = window_.round_trip(),
            .unsendable = unsendable_,
            .held = refusals_.list()};
}

} // namespace holdfast::uplink
