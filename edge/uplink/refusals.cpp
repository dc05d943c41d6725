#include "edge/uplink/refusals.hpp"

#include <algorithm>
#include <utility>

namespace holdfast::uplink {

namespace {

constexpr unsigned times_to_hold = 3;
constexpr int longest_pause = 6; // times the first
constexpr unsigned tries_in_vain = 3;
/// More than these, and it is the topic after all: they are tried again from the oldest.
constexpr unsigned most_aside = 8;
// Before what is refused is tried again, times the first pause.
constexpr int first_refused_pause = 30;
constexpr int longest_refused_pause = 360;

} // namespace

bool Refusals::held(const std::string& topic) const {
    const auto found = topics_.find(topic);
    return found != topics_.end() && found->second.held;
}

bool Refusals::lost(const std::string& topic, Id id, Id next, Time now) {
    auto& trouble = topics_[topic];
    if (id < trouble.counted) {
        return false;
    }
    trouble.counted = next;
    ++trouble.losses;
    return again(trouble, trouble.losses, now);
}

bool Refusals::cut(const std::string& topic, Time now) {
    auto& trouble = topics_[topic];
    ++trouble.cuts;
    return again(trouble, trouble.cuts, now);
}

/// The topic failed again; holds it when it was often enough.
bool Refusals::again(Trouble& trouble, unsigned times, Time now) const {
    const bool was_held = std::exchange(trouble.held, trouble.held || times >= times_to_hold);
    trouble.pause =
        was_held ? std::min(trouble.pause * 2, first_pause_ * longest_pause) : first_pause_;
    trouble.tries += was_held ? 1 : 0;
    trouble.retry_at = now + trouble.pause;
    return trouble.held && !was_held;
}

void Refusals::strange_echo(std::string_view topic) {
    if (const auto found = topics_.find(topic); found != topics_.end()) {
        found->second.strange = true;
    }
}

std::optional<RangeSet> Refusals::cleared(const std::string& topic, Time now) {
    const auto found = topics_.find(topic);
    if (found == topics_.end()) {
        return std::nullopt;
    }
    auto trouble = std::move(found->second);
    topics_.erase(found);
    if (trouble.probe) {
        trouble.rows.insert(trouble.probe->rows);
    }
    if (!trouble.aside.empty()) {
        auto& refused = refused_[topic];
        refused.rows.insert(trouble.aside);
        refused.pause = std::clamp(refused.pause * 2, first_pause_ * first_refused_pause,
                                   first_pause_ * longest_refused_pause);
        refused.retry_at = now + refused.pause;
    }
    return trouble.held ? std::optional(std::move(trouble.rows)) : std::nullopt;
}

std::uint64_t Refusals::refused(const std::string& topic) const {
    const auto found = refused_.find(topic);
    return found == refused_.end() ? 0 : found->second.rows.size();
}

RangeSet Refusals::take_refused(Time now) {
    RangeSet rows;
    for (auto& [topic, refused] : refused_) {
        if (refused.retry_at <= now) {
            rows.insert(std::exchange(refused.rows, {}));
        }
    }
    return rows;
}

RangeSet Refusals::keep(Batch batch) {
    auto& trouble = topics_.at(batch.topic);
    if (batch.rows.front() == trouble.trying && trouble.tries >= tries_in_vain &&
        !trouble.rows.empty()) {
        trouble.tries = 0;
        trouble.retry_at = Time::zero(); // the next one need not wait
        trouble.pause = first_pause_;
        trouble.aside.insert(batch.rows);
        if (++trouble.batches_aside > most_aside) {
            trouble.rows.insert(std::exchange(trouble.aside, {}));
            trouble.batches_aside = 0;
        }
        return std::exchange(trouble.rows, {});
    }
    if (!trouble.probe) {
        trouble.probe = std::move(batch);
        return {};
    }
    if (batch.rows.front() < trouble.probe->rows.front()) {
        std::swap(batch, *trouble.probe);
    }
    trouble.rows.insert(batch.rows);
    return {};
}

std::uint64_t Refusals::drop(const RangeSet& rows) {
    std::uint64_t dropped = 0;
    const auto drop_from = [&](RangeSet& set) {
        const auto before = set.size();
        set.erase(rows);
        dropped += before - set.size();
    };
    for (auto& [topic, trouble] : topics_) {
        drop_from(trouble.rows);
        drop_from(trouble.aside);
    }
    for (auto& [topic, refused] : refused_) {
        drop_from(refused.rows);
    }
    return dropped;
}

void Refusals::each_probe(const std::function<void(const Batch&)>& visit) const {
    for (const auto& [topic, trouble] : topics_) {
        if (trouble.probe) {
            visit(*trouble.probe);
        }
    }
}

std::vector<std::string> Refusals::due(Time now) const {
    std::vector<std::string> topics;
    for (const auto& [topic, trouble] : topics_) {
        if (trouble.held && trouble.probe && trouble.retry_at <= now) {
            topics.push_back(topic);
        }
    }
    return topics;
}

Batch Refusals::take_probe(const std::string& topic) {
    auto& trouble = topics_.at(topic);
    const auto first = trouble.probe->rows.front().value_or(0);
    if (first != std::exchange(trouble.trying, first)) {
        trouble.tries = 0;
    }
    return *std::exchange(trouble.probe, std::nullopt);
}

bool Refusals::expects(std::string_view topic, std::string_view payload) const {
    const auto found = topics_.find(topic);
    if (found == topics_.end() || !found->second.probe) {
        return false;
    }
    const auto& probe = *found->second.probe;
    return probe.unique && probe.payload == payload;
}

std::optional<Time> Refusals::next() const {
    std::optional<Time> next;
    for (const auto& [topic, trouble] : topics_) {
        if (trouble.held && trouble.probe) {
            next = std::min(next.value_or(trouble.retry_at), trouble.retry_at);
        }
    }
    for (const auto& [topic, refused] : refused_) {
        if (!refused.rows.empty()) {
            next = std::min(next.value_or(refused.retry_at), refused.retry_at);
        }
    }
    return next;
}

void Refusals::new_link(Time now) {
    for (auto& [topic, trouble] : topics_) {
        // Not at once where it is what ends the link.
        if (trouble.cuts < times_to_hold) {
            trouble.retry_at = now;
            trouble.pause = first_pause_;
        }
    }
}

std::string Refusals::reason(const std::string& topic) const {
    const auto& trouble = topics_.at(topic);
    if (trouble.strange) {
        return "what comes back from the cloud differs from what was sent: something there changes "
               "it, or publishes on the same topic";
    }
    if (trouble.cuts > trouble.losses) {
        return "the cloud ends the connection when it gets a message on it: its access rules deny "
               "it";
    }
    return "nothing comes back though other topics do: the cloud's access rules deny it, the cloud "
           "drops it, or the bridge does not bring its echo ('holdfast render', then restart the "
           "broker)";
}

std::vector<Refusals::Held> Refusals::list() const {
    std::vector<Held> held;
    for (const auto& [topic, trouble] : topics_) {
        if (trouble.held) {
            const auto probed = trouble.probe ? trouble.probe->rows.size() : 0;
            held.push_back(
                {topic, trouble.rows.size() + trouble.aside.size() + probed, reason(topic)});
        }
    }
    for (const auto& [topic, refused] : refused_) {
        if (!refused.rows.empty()) {
            held.push_back({topic, refused.rows.size(), std::string(refused_reason)});
        }
    }
    return held;
}

} // namespace holdfast::uplink
