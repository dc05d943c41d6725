#include "world.hpp"

#include "core/topics.hpp"
#include "support/catch.hpp"

#include <algorithm>

namespace holdfast::uplink::test {

using namespace std::chrono_literals;

namespace {

bool is_pack(const Copy& copy) {
    return copy.topic == "pack";
}

} // namespace

void Leg::swap_last() {
    const auto size = queue_.size();
    // Nothing passes a barrier: that much order is relied on (decision 0003).
    if (size >= sent_ + 2 && queue_[size - 1].row != 0 && queue_[size - 2].row != 0) {
        std::swap(queue_[size - 1], queue_[size - 2]);
    }
}

World::World(unsigned seed, bool markers)
    : random_(seed)
    , markers_(markers) {
    start_daemon();
}

void World::run(int steps) {
    for (int i = 0; i < steps; ++i) {
        step(true);
    }
}

void World::heal() {
    drops_ = 0;
    if (!connected_) {
        connect();
    }
    if (!link_) {
        link_up();
    }
    for (int i = 0; i < 20'000 && !only_denied_left(); ++i) {
        step(false);
    }
    INFO("pending " << pending_.size() << ", in flight " << flow_->stats().in_flight);
    REQUIRE(only_denied_left());
}

void World::allow_and_drain() {
    denied_.clear();
    refused_.clear();
    for (int i = 0; i < 40'000 && !pending_.empty(); ++i) {
        step(false);
    }
    INFO("pending " << pending_.size() << ", in flight " << flow_->stats().in_flight);
    REQUIRE(pending_.empty());
    for (Seq seq = 1; seq <= newest_; ++seq) {
        REQUIRE(delivered_.count(seq) == 1);
    }
    REQUIRE(flow_->stats().held.empty());
}

bool World::only_denied_left() const {
    for (const auto& range : pending_.ranges()) {
        for (Seq seq = range.first; seq <= range.last; ++seq) {
            if (!denied_.contains(content(seq).topic) && !refused_.contains(seq)) {
                return false;
            }
        }
    }
    return true;
}

/// A third are packs; the rest repeat two payloads on two topics again and again.
Copy World::content(Seq seq) {
    if (seq % 3 == 0) {
        return {"pack", "[" + std::to_string(seq) + "]", seq};
    }
    return {seq % 5 == 0 ? "a" : "b", seq % 7 < 5 ? "21.5" : "22", seq};
}

void World::step(bool faults) {
    now_ += std::chrono::milliseconds(random_() % 300);
    if (faults && chance(30)) {
        append();
    }
    if (faults && chance(7)) {
        fault();
    }
    move_bridge();
    move_to_daemon();
    pump();
}

void World::append() {
    const SeqRange rows{newest_ + 1, newest_ + 1 + random_() % 4};
    newest_ = rows.last;
    pending_.insert(rows);
    unsaved_.clear(); // receipts go to disk with what is appended
    RangeSet marked;
    if (chance(20)) {
        marked.insert({rows.last, rows.last});
    }
    flow_->appended(rows, now_, marked);
}

void World::start_daemon() {
    limits_ = {.batches_in_flight = 2 + random_() % 12,
               .bytes_in_flight = window_bytes,
               .publishes_per_second = rate,
               .bytes_per_second = 1e6,
               .receipt_timeout = 5s,
               .live_first = random_() % 3 != 0,
               .linger = random_() % 4 == 0 ? 1s : 0s,
               .markers = markers_,
               .message = {}};
    flow_.emplace(limits_, pending_, "run" + std::to_string(++runs_));
    tokens_ = rate / 10;
    tokens_at_ = now_;
    connect();
}

void World::crash_daemon() {
    pending_.insert(unsaved_);
    unsaved_.clear();
    start_daemon();
}

void World::connect() {
    connected_ = true;
    to_daemon_.clear();
    flow_->local(true);
    to_daemon_.push_back(Copy{"link", link_ ? "1" : "0", 0}); // the retained message
}

void World::disconnect() {
    connected_ = false;
    to_daemon_.clear();
    flow_->local(false);
}

void World::tell_daemon(Copy copy) {
    if (connected_) {
        to_daemon_.push_back(std::move(copy));
    }
}

void World::link_up() {
    link_ = true;
    wedged_ = false;
    up_.reconnect();
    down_.reconnect();
    tell_daemon({"link", "1", 0});
}

void World::link_down() {
    if (link_) {
        link_ = false;
        tell_daemon({"link", "0", 0});
    }
}

void World::move_bridge() {
    for (int i = 0; link_ && i < 8; ++i) {
        if (!wedged_ && up_.can_send() && chance(50)) {
            cloud_receives(up_.send());
        }
        if (up_.can_acknowledge() && chance(40)) {
            up_.acknowledge();
        }
        if (down_.can_send() && chance(50)) {
            tell_daemon(down_.send());
        }
        if (down_.can_acknowledge() && chance(40)) {
            down_.acknowledge();
        }
    }
}

void World::cloud_receives(const Copy& copy) {
    if (denied_.contains(copy.topic) || refused_.contains(copy.row)) {
        if (changes_) {
            down_.push({copy.topic, copy.payload + "?", copy.row});
        } else if (cuts_) { // as Mosquitto 2.0.11 does: a PUBACK, then the end
            while (up_.can_acknowledge()) {
                up_.acknowledge();
            }
            link_down();
            link_up();
        }
        return;
    }
    if (drops_ > 0) {
        --drops_;
        return;
    }
    if (copy.row != 0) {
        delivered_.insert(copy.row);
    }
    if (!markers_ || copy.row == 0) {
        down_.push(copy);
    }
}

void World::move_to_daemon() {
    while (!to_daemon_.empty() && chance(80)) {
        const Copy copy = to_daemon_.front();
        to_daemon_.pop_front();
        if (copy.topic == "link") {
            flow_->link(copy.payload == "1", now_);
        } else {
            check_proof(copy, flow_->receipt(copy.topic, copy.payload, now_));
        }
    }
}

void World::check_proof(const Copy& copy, const RangeSet& proved) {
    for (const auto& range : proved.ranges()) {
        for (Seq seq = range.first; seq <= range.last; ++seq) {
            INFO("row " << seq << " was proved by an echo of row " << copy.row);
            REQUIRE(delivered_.count(seq) == 1);
            REQUIRE(pending_.contains(seq));
        }
    }
    pending_.erase(proved);
    unsaved_.insert(proved);
}

void World::pump() {
    while (const auto want = flow_->want(now_)) {
        std::vector<Batch> batches;
        for (const auto& range : want->rows.ranges()) {
            for (Seq seq = range.first; seq <= range.last; ++seq) {
                const auto made = content(seq);
                Batch batch{.topic = made.topic,
                            .payload = made.payload,
                            .rows = {},
                            .unique = is_pack(made)};
                batch.rows.insert({seq, seq});
                batches.push_back(std::move(batch));
            }
        }
        flow_->packed(*want, std::move(batches));
    }
    for (const auto& publish : flow_->due(now_)) {
        REQUIRE(connected_);
        check_pace();
        up_.push({publish.topic, publish.payload, publish.first_row});
    }
    if (flow_->take_stall() && link_) { // the plugin ends the bridge's session
        link_down();
        link_up();
    }
    flow_->take_events();
    const auto stats = flow_->stats();
    REQUIRE(stats.in_flight <= limits_.batches_in_flight);
    REQUIRE(stats.window <= limits_.batches_in_flight);
    REQUIRE(stats.pending == pending_.size());
}

void World::check_pace() {
    const std::chrono::duration<double> passed = now_ - tokens_at_;
    tokens_ = std::min(rate / 10, tokens_ + passed.count() * rate) - 1;
    tokens_at_ = now_;
    REQUIRE(tokens_ > -1e-6);
}

} // namespace holdfast::uplink::test
