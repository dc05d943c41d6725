#include "edge/uplink/flow.hpp"

#include "core/topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace holdfast::uplink {

namespace {

/// One of so many places in the window is not for the backlog, so that live readings find one.
constexpr std::size_t reserved_share = 8;
/// What comes this much late behind others is not lost yet.
constexpr Time least_grace = std::chrono::seconds(1);
/// A lasting silence is broken after this many doublings of the time for a receipt, at the longest.
constexpr unsigned most_doublings = 3;
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
    , pending_(pending.size()) {}

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
        if (refusals_.cut(topic, now)) {
            hold(topic);
        }
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
    // The time without a link is not the cloud's delay.
    heard_ = now;
    in_flight_.restart_overtaken(now);
    refusals_.new_link(now);
    doubt_all();
}

/// An echo of what was handed over so far may come twice and late from now on: what others may
/// equal has lost the proof that its echo would be its own.
void Flow::doubt_all() {
    doubt_ = next_id_++;
    doubts_.clear();
    barrier_.reset();
    take_back([](const Flight& flight) { return !flight.batch.unique; });
}

void Flow::doubt(const std::string& topic) {
    doubts_[topic] = next_id_++;
    take_back(
        [&](const Flight& flight) { return !flight.batch.unique && flight.batch.topic == topic; });
}

/// What is to go again, before what waits already.
void Flow::again(Flight flight) {
    if (refusals_.held(flight.batch.topic)) {
        refusals_.keep(std::move(flight.batch));
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
    take_back([](const Flight& /*any*/) { return true; });
}

std::optional<Want> Flow::want(Time now) {
    if (!open() || reading_) {
        return std::nullopt;
    }
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
            refusals_.keep(std::move(batch));
        } else {
            ready_.push_back(want.lane, std::move(batch));
        }
    }
    const auto unread_rows = unread.size();
    unread.erase(std::exchange(dropped_, {}));
    pending_ -= unread_rows - unread.size();
    schedule_.give_back(unread, want.lane);
}

std::vector<Flow::Publish> Flow::due(Time now) {
    std::vector<Publish> out;
    if (open()) {
        expire(now);
        send_barrier(now, out);
        send_probes(now, out);
        send_ready(now, out);
    }
    return out;
}

void Flow::expire(Time now) {
    if (waits() && now - heard_ >= patience()) {
        break_silence(now);
    } else {
        take_back_overtaken(now);
    }
}

/// How long a silence may be. One that new sessions do not end is broken less and less often: the
/// cloud may take nothing at all from this site.
Time Flow::patience() const {
    const auto doublings = std::clamp(silences_, 1U, most_doublings + 1) - 1;
    return Time(limits_.receipt_timeout) * (1U << doublings);
}

Time Flow::probe_after() const {
    return patience() / 2;
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
        doubt_all();
    }
}

/// How long what was overtaken may still be on its way: brokers keep the order, nearly always.
Time Flow::grace() const {
    const Time timeout = limits_.receipt_timeout;
    return std::clamp(window_.round_trip() * 2, std::min(least_grace, timeout), timeout);
}

void Flow::take_back_overtaken(Time now) {
    const auto is_lost = [&](const std::optional<Time>& overtaken) {
        return overtaken && now - *overtaken >= grace();
    };
    if (barrier_ && is_lost(barrier_->overtaken)) {
        const std::string topic(topics::barrier);
        if (refusals_.lost(topic, barrier_->id, next_id_, now)) {
            hold(topic);
        }
        barrier_.reset();
    }
    std::vector<std::pair<Id, Flight>> gone;
    while (!in_flight_.empty() && is_lost(in_flight_.oldest().overtaken)) {
        const auto id = in_flight_.begin()->first;
        gone.emplace_back(id, in_flight_.land(id));
    }
    resent_ += gone.size();
    for (const auto& [id, flight] : gone) {
        lost(flight, id, now);
    }
    std::for_each(gone.rbegin(), gone.rend(),
                  [this](auto& flight) { again(std::move(flight.second)); });
}

void Flow::lost(const Flight& flight, Id id, Time now) {
    const auto& topic = flight.batch.topic;
    if (!flight.batch.unique) {
        doubt(topic);
    }
    if (refusals_.lost(topic, id, next_id_, now)) {
        hold(topic);
    }
}

void Flow::hold(const std::string& topic) {
    events_.push_back({Event::Kind::held, topic, refusals_.reason(topic)});
    for (auto& batch : ready_.take(topic)) {
        refusals_.keep(std::move(batch));
    }
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

bool Flow::clean(const std::string& topic) const {
    const auto own = doubts_.find(topic);
    return proved_by_ > std::max(doubt_, own == doubts_.end() ? 0 : own->second);
}

bool Flow::may_go(const Batch& batch) const {
    if (refusals_.suspected(batch.topic) && in_flight_.on(batch.topic) > 0) {
        return false;
    }
    return batch.unique ||
           (clean(batch.topic) && in_flight_.find(batch.topic, batch.payload) == in_flight_.end());
}

std::string Flow::barrier_payload(Id id) const {
    return fmt::format("{} {}", nonce_, id);
}

/// Where a message that others may equal waits for one, or where all is silent. A site that sends
/// packs over a good link never needs one.
bool Flow::needs_barrier(Time now) const {
    if (barrier_) {
        return false;
    }
    if (!in_flight_.empty() && now - heard_ >= probe_after()) {
        return true;
    }
    const auto waits_for_it = [this](const Batch& batch) {
        return !batch.unique && !clean(batch.topic);
    };
    const auto probes = refusals_.due(now);
    return ready_.any(waits_for_it) ||
           std::any_of(probes.begin(), probes.end(), [&](const std::string& topic) {
               return waits_for_it(refusals_.probe(topic));
           });
}

void Flow::send_barrier(Time now, std::vector<Publish>& out) {
    if (!needs_barrier(now) || !pace_.may_take(now)) {
        return;
    }
    pace_.take();
    if (!waits()) {
        heard_ = now;
    }
    barrier_ = Barrier{.id = next_id_++};
    out.push_back({std::string(topics::barrier), barrier_payload(barrier_->id), false, 0});
}

bool Flow::room(const Batch& batch, Lane lane) const noexcept {
    if (in_flight_.empty()) {
        return true;
    }
    // Into a lasting silence goes one batch at a time: copies must not fill the broker's queue.
    const auto size = silences_ >= 2 ? 1 : window_.size();
    const auto reserved = lane == Lane::backlog && size > 1 ? 1 + size / reserved_share : 0;
    return in_flight_.size() + reserved < size &&
           in_flight_.bytes() + batch.payload.size() <= limits_.bytes_in_flight;
}

bool Flow::paced(const Batch& batch, Time now) {
    return pace_.may_take(now) &&
           bytes_pace_.may_take(now, static_cast<double>(batch.payload.size()));
}

/// Of each topic that is held, one batch now and then.
void Flow::send_probes(Time now, std::vector<Publish>& out) {
    for (const auto& topic : refusals_.due(now)) {
        const auto& probe = refusals_.probe(topic);
        if (may_go(probe) && room(probe, Lane::priority) && paced(probe, now)) {
            send(refusals_.take_probe(topic), Lane::backlog, now, out);
        }
    }
}

void Flow::send_ready(Time now, std::vector<Publish>& out) {
    ready_.hand_over(
        [this](const Batch& batch) { return may_go(batch); },
        [&](const Batch& batch, Lane lane) { return room(batch, lane) && paced(batch, now); },
        [&](Batch batch, Lane lane) { send(std::move(batch), lane, now, out); });
}

void Flow::send(Batch batch, Lane lane, Time now, std::vector<Publish>& out) {
    pace_.take();
    bytes_pace_.take(static_cast<double>(batch.payload.size()));
    out.push_back({batch.topic, batch.payload, batch.retain, batch.rows.front().value_or(0)});
    if (!waits()) {
        heard_ = now;
    }
    in_flight_.add(next_id_++, {.batch = std::move(batch), .lane = lane, .sent = now});
}

RangeSet Flow::prove(const Batch& batch, Time now) {
    ++receipts_;
    last_receipt_ = now;
    pending_ -= batch.rows.size();
    if (const auto rows = refusals_.cleared(batch.topic)) {
        schedule_.give_back(*rows, Lane::backlog);
        events_.push_back({Event::Kind::released, batch.topic, {}});
    }
    return batch.rows;
}

RangeSet Flow::barrier_returned(std::string_view payload, Time now) {
    if (barrier_ && payload == barrier_payload(barrier_->id)) {
        const auto id = barrier_->id;
        barrier_.reset();
        proved_by_ = id;
        heard(id, now);
        if (refusals_.cleared(std::string(topics::barrier))) {
            events_.push_back({Event::Kind::released, std::string(topics::barrier), {}});
        }
    }
    return {};
}

RangeSet Flow::receipt(std::string_view topic, std::string_view payload, Time now) {
    if (topic == topics::barrier) {
        return barrier_returned(payload, now);
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
    if (!ready_.empty() || refusals_.next()) {
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
