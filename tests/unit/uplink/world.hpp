#pragma once

#include "edge/uplink/flow.hpp"

#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>

namespace holdfast::uplink::test {

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
    void lose() { *this = {}; }
    /// The last two that wait change places.
    void swap_last();

private:
    std::deque<Copy> queue_;
    std::size_t sent_ = 0;
};

/// The daemon's flow between a spool and a cloud, and everything that can fail in between. Checks
/// at every step that nothing is proved that the cloud has not got, and that window and pace hold.
class World {
public:
    /// With markers only what those can stand fails (docs/uplink.md).
    explicit World(unsigned seed, bool markers = false);

    /// So many steps, in any of which anything may fail.
    void run(int steps);
    /// Without further faults everything but the denied topics and the single messages that the
    /// cloud refuses must arrive, in bounded time.
    void heal();
    /// When the cloud denies nothing any more, everything must.
    void allow_and_drain();

private:
    static constexpr double rate = 100;
    static constexpr std::size_t window_bytes = 60;

    bool chance(unsigned percent) { return random_() % 100 < percent; }
    static Copy content(Seq seq);
    bool only_denied_left() const;

    void step(bool faults);
    void append();
    void fault();
    void fault_of_daemon_or_broker(unsigned which);
    void fault_of_link_or_cloud(unsigned which);
    void refuse_one();

    void start_daemon();
    void crash_daemon();
    void connect();
    void disconnect();
    void link_up();
    void link_down();
    void tell_daemon(Copy copy);

    void move_bridge();
    void cloud_receives(const Copy& copy);
    void move_to_daemon();
    void check_proof(const Copy& copy, const RangeSet& proved);
    void pump();
    void check_pace();

    std::mt19937 random_;
    bool markers_;
    Time now_{0};
    Seq newest_ = 0;
    RangeSet pending_;
    RangeSet unsaved_; ///< proved, but a crash forgets it
    std::set<Seq> delivered_;
    std::optional<Flow> flow_;
    Limits limits_;
    int runs_ = 0;
    double tokens_ = 0; ///< of the pace, as it must be
    Time tokens_at_{0};
    bool connected_ = false;
    bool link_ = false;
    bool wedged_ = false;
    unsigned drops_ = 0; ///< so many of the next messages the cloud acknowledges and throws away
    std::set<std::string> denied_;
    std::set<Seq> refused_; ///< single messages that the cloud treats as if denied
    bool changes_ = false;  ///< what is denied comes back changed...
    bool cuts_ = false;     ///< ...or ends the connection
    Leg up_;
    Leg down_;
    Leg saved_up_; ///< the brokers' persistence files
    Leg saved_down_;
    std::deque<Copy> to_daemon_;
};

} // namespace holdfast::uplink::test
