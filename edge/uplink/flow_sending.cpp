// Flow: what may go, and when.

#include "core/topics.hpp"
#include "edge/uplink/flow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace holdfast::uplink {

namespace {

/// A line that takes so long with so much on its way is thin, and messages of their own cost it
/// much.
constexpr Time thin_round_trip = std::chrono::milliseconds(500);
constexpr std::size_t thin_bytes = 4096;
constexpr Time longest_live_wait = std::chrono::seconds(1);

} // namespace

std::vector<Flow::Publish> Flow::due(Time now) {
    std::vector<Publish> out;
    if (open()) {
        expire(now);
        send_barrier(now, out);
        send_probes(now, out);
        send_ready(now, out);
        if (needs_marker()) {
            send_barrier(now, out);
        }
    }
    return out;
}

bool Flow::clean(const std::string& topic) const {
    const auto own = doubts_.find(topic);
    return proved_by_ > std::max(doubt_, own == doubts_.end() ? 0 : own->second);
}

bool Flow::may_go(const Batch& batch) const {
    if (refusals_.suspected(batch.topic) && in_flight_.on(batch.topic) > 0) {
        return false;
    }
    if (limits_.markers) {
        return clean(batch.topic);
    }
    return batch.unique ||
           (clean(batch.topic) && in_flight_.find(batch.topic, batch.payload) == in_flight_.end());
}

std::string Flow::barrier_payload(Id id) const {
    return limits_.markers ? fmt::format("{} {} {}", nonce_, id, in_session_)
                           : fmt::format("{} {}", nonce_, id);
}

/// One for half a window. What is less is asked for by needs_barrier() before the silence is long.
bool Flow::needs_marker() const {
    return limits_.markers &&
           (in_flight_.size() * 2 >= window() || in_flight_.bytes() * 2 >= limits_.bytes_in_flight);
}

/// Where a message that others may equal waits for one, or where all is silent. A site that sends
/// packs over a good link never needs one.
bool Flow::needs_barrier(Time now) const {
    if (barrier_) {
        return false;
    }
    if (!in_flight_.empty() && (needs_marker() || now - heard_ >= probe_after())) {
        return true;
    }
    const auto waits_for_it = [this](const Batch& batch) {
        return (limits_.markers || !batch.unique) && !clean(batch.topic);
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
    const auto id = next_id_++;
    barrier_ = Barrier{.id = id, .payload = barrier_payload(id), .sent = now};
    out.push_back({std::string(topics::barrier), barrier_->payload, false, 0});
}

std::size_t Flow::window() const noexcept {
    // Into a lasting silence goes one batch at a time: copies must not fill the broker's queue.
    return silences_ >= 2 || one_at_a_time_ ? 1 : window_.size();
}

bool Flow::room(const Batch& batch, Lane lane) const noexcept {
    if (in_flight_.empty()) {
        return true;
    }
    const auto size = window();
    const auto reserved = lane == Lane::backlog && size > 1 ? 1 + size / reserved_share : 0;
    return in_flight_.size() + reserved < size &&
           in_flight_.bytes() + batch.payload.size() <= limits_.bytes_in_flight;
}

bool Flow::paced(const Batch& batch, Time now) {
    return pace_.may_take(now) &&
           bytes_pace_.may_take(now, static_cast<double>(batch.payload.size()));
}

/// For others to share its message. Behind full packs on a thin line a live reading waits anyway,
/// and messages of their own would take the packs' places in the window.
Time Flow::live_wait(Time now) const {
    const bool packs = in_flight_.bytes() >= thin_bytes || ready_.waits(Lane::backlog);
    if (!packs || in_flight_.empty()) {
        return limits_.linger;
    }
    const auto takes = std::max(window_.round_trip(), now - in_flight_.oldest().sent);
    return std::max<Time>(limits_.linger, takes >= thin_round_trip
                                              ? std::min(takes / 2, longest_live_wait)
                                              : Time(0));
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
    ++in_session_;
    in_flight_.add(next_id_++, {.batch = std::move(batch), .lane = lane, .sent = now});
}

} // namespace holdfast::uplink
