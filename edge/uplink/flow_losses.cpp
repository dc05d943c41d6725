// Flow: what does not come back.

#include "core/topics.hpp"
#include "edge/uplink/flow.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace holdfast::uplink {

namespace {

/// What comes this much late behind others is not lost yet.
constexpr Time least_grace = std::chrono::seconds(1);
/// A lasting silence is broken after this many doublings of the time for a receipt, at the longest.
constexpr unsigned most_doublings = 3;

} // namespace

void Flow::expire(Time now) {
    if (waits() && now - heard_ >= patience()) {
        break_silence(now);
    } else {
        take_back_overtaken(now);
    }
    schedule_.give_back(refusals_.take_refused(now), Lane::backlog);
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
        keep(std::move(batch));
    }
}

void Flow::keep(Batch batch) {
    schedule_.give_back(refusals_.keep(std::move(batch)), Lane::backlog);
}

} // namespace holdfast::uplink
