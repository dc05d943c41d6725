#include "core/topics.hpp"
#include "edge/uplink/flow.hpp"
#include "support/catch.hpp"

#include <random>
#include <set>

using namespace holdfast;
using namespace holdfast::uplink;
using namespace std::chrono_literals;

namespace {

/// A message on its way, with the row it was made from: what the real parts cannot see and the
/// checks need.
struct Copy {
    std::string topic;
    std::string payload;
    Seq row; ///< 0 for a barrier
};

/// One direction of the bridge's MQTT session with QoS 1 in order: what has no PUBACK when the
/// connection ends comes again, first and in order, on the next one.
class Leg {
public:
    void push(Copy copy) { queue_.push_back(std::move(copy)); }
    bool can_send() const { return sent_ < queue_.size(); }
    Copy send() { return queue_[sent_++]; }
    bool can_acknowledge() const { return sent_ > 0; }
    void acknowledge() {
        queue_.pop_front();
        --sent_;
    }
    void reconnect() { sent_ = 0; }
    void lose() {
        queue_.clear();
        sent_ = 0;
    }

private:
    std::deque<Copy> queue_;
    std::size_t sent_ = 0;
};

/// The daemon's flow between a spool and a cloud, with everything that can fail in between.
class World {
public:
    explicit World(unsigned seed)
        : random_(seed) {
        start_daemon();
    }

    void run(int steps) {
        for (int i = 0; i < steps; ++i) {
            step(true);
        }
    }

    /// Without further faults everything must arrive, in bounded time.
    void heal_and_drain() {
        if (!connected_) {
            connect();
        }
        if (!link_) {
            link_up();
        }
        for (int i = 0; i < 200'000 && !pending_.empty(); ++i) {
            step(false);
        }
        INFO("pending " << pending_.size() << ", in flight " << flow_->stats().in_flight);
        REQUIRE(pending_.empty());
        for (Seq seq = 1; seq <= newest_; ++seq) {
            REQUIRE(delivered_.count(seq) == 1);
        }
    }

private:
    static constexpr std::size_t window = 5;

    bool chance(unsigned percent) { return random_() % 100 < percent; }

    Copy content(Seq seq) const {
        // A third are packs; the rest repeat two payloads on two topics again and again.
        if (seq % 3 == 0) {
            return {"pack", "[" + std::to_string(seq) + "]", seq};
        }
        return {seq % 5 == 0 ? "a" : "b", seq % 7 < 5 ? "21.5" : "22", seq};
    }

    void step(bool faults) {
        now_ += std::chrono::milliseconds(random_() % 300);
        if (faults && chance(30)) {
            append();
        }
        if (faults && chance(6)) {
            fault();
        }
        move_bridge();
        move_to_daemon();
        pump();
    }

    void append() {
        const Seq first = newest_ + 1;
        newest_ += 1 + random_() % 4;
        pending_.insert({first, newest_});
        flow_->appended({first, newest_});
    }

    void fault() {
        switch (random_() % 9) {
        case 0: // kill -9 of the daemon
            start_daemon();
            break;
        case 1: // kill -9 of the local broker, its queue lost
            bridge_up_.lose();
            [[fallthrough]];
        case 2: // restart of the local broker, its queue kept
            disconnect();
            if (link_) {
                link_down();
            }
            break;
        case 3:
            link_ ? link_down() : link_up();
            break;
        case 4: // a reconnect that nobody saw going down
            if (link_) {
                link_up();
            }
            break;
        case 5: // the cloud loses its state
            bridge_down_.lose();
            if (link_) {
                link_down();
            }
            break;
        case 6:
            drop_next_ = true;
            break;
        case 7: // the bridge stalls while it says that it is connected
            wedged_ = true;
            break;
        default:
            connected_ ? disconnect() : connect();
        }
        if (!connected_ && chance(70)) {
            connect();
        }
        if (!link_ && chance(60)) {
            link_up();
        }
    }

    void start_daemon() {
        flow_.emplace(Limits{.batches_in_flight = window,
                             .bytes_in_flight = 1000,
                             .publishes_per_second = 100,
                             .receipt_timeout = 5s,
                             .live_first = random_() % 2 == 0},
                      pending_, "run" + std::to_string(++runs_));
        connected_ = false;
        to_daemon_.clear();
        connect();
    }

    void connect() {
        connected_ = true;
        to_daemon_.clear();
        flow_->local(true);
        to_daemon_.push_back(Copy{"link", link_ ? "1" : "0", 0}); // the retained message
    }

    void disconnect() {
        connected_ = false;
        to_daemon_.clear();
        flow_->local(false);
    }

    void tell_daemon(Copy copy) {
        if (connected_) {
            to_daemon_.push_back(std::move(copy));
        }
    }

    void link_up() {
        link_ = true;
        wedged_ = false;
        bridge_up_.reconnect();
        bridge_down_.reconnect();
        tell_daemon({"link", "1", 0});
    }

    void link_down() {
        link_ = false;
        tell_daemon({"link", "0", 0});
    }

    void move_bridge() {
        for (int i = 0; link_ && i < 8; ++i) {
            if (!wedged_ && bridge_up_.can_send() && chance(50)) {
                cloud_receives(bridge_up_.send());
            }
            if (bridge_up_.can_acknowledge() && chance(40)) {
                bridge_up_.acknowledge();
            }
            if (bridge_down_.can_send() && chance(50)) {
                tell_daemon(bridge_down_.send());
            }
            if (bridge_down_.can_acknowledge() && chance(40)) {
                bridge_down_.acknowledge();
            }
        }
    }

    void cloud_receives(const Copy& copy) {
        if (std::exchange(drop_next_, false)) {
            return; // acknowledged and thrown away
        }
        if (copy.row != 0) {
            delivered_.insert(copy.row);
        }
        bridge_down_.push(copy);
    }

    void move_to_daemon() {
        while (!to_daemon_.empty() && chance(80)) {
            const Copy copy = to_daemon_.front();
            to_daemon_.pop_front();
            if (copy.topic == "link") {
                flow_->link(copy.payload == "1", now_);
                continue;
            }
            const auto proved = flow_->receipt(copy.topic, copy.payload, now_);
            for (const auto& range : proved.ranges()) {
                for (Seq seq = range.first; seq <= range.last; ++seq) {
                    INFO("row " << seq << " was proved by an echo of row " << copy.row);
                    REQUIRE(delivered_.count(seq) == 1);
                }
            }
            pending_.erase(proved);
        }
    }

    void pump() {
        while (const auto want = flow_->want()) {
            std::vector<Batch> batches;
            for (Seq seq = want->range.first; seq <= want->range.last; ++seq) {
                auto made = content(seq);
                Batch batch{.topic = made.topic,
                            .payload = made.payload,
                            .rows = {},
                            .unique = made.topic == "pack"};
                batch.rows.insert({seq, seq});
                batches.push_back(std::move(batch));
            }
            flow_->packed(*want, std::move(batches));
        }
        for (const auto& publish : flow_->due(now_)) {
            REQUIRE(connected_);
            bridge_up_.push({publish.topic, publish.payload, publish.first_row});
        }
        if (flow_->take_stall() && link_) { // the plugin ends the bridge's session
            link_down();
            link_up();
        }
        REQUIRE(flow_->stats().in_flight <= window);
        REQUIRE(flow_->stats().pending == pending_.size());
    }

    std::mt19937 random_;
    Time now_{0};
    Seq newest_ = 0;
    RangeSet pending_;
    std::set<Seq> delivered_;
    std::optional<Flow> flow_;
    int runs_ = 0;
    bool connected_ = false;
    bool link_ = false;
    bool drop_next_ = false;
    bool wedged_ = false;
    Leg bridge_up_;
    Leg bridge_down_;
    std::deque<Copy> to_daemon_;
};

} // namespace

TEST_CASE("whatever fails nothing is history that the cloud did not get and everything gets there",
          "[random]") {
    const auto first = static_cast<unsigned>(Catch::rngSeed());
    for (unsigned seed = first; seed < first + 2000; ++seed) {
        INFO("seed " << seed);
        World world(seed);
        world.run(400);
        world.heal_and_drain();
    }
}
