#pragma once

#include "core/range_set.hpp"
#include "edge/uplink/batch.hpp"
#include "edge/uplink/in_flight.hpp"
#include "edge/uplink/limits.hpp"
#include "edge/uplink/pace.hpp"
#include "edge/uplink/ready.hpp"
#include "edge/uplink/refusals.hpp"
#include "edge/uplink/schedule.hpp"
#include "edge/uplink/window.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace holdfast::uplink {

/// Decides what goes up, what is proved, and what has to go again (docs/uplink.md). Pure: it is
/// told what happened and when, and asked what to do.
///
/// - A row leaves the pending set only by a receipt: the echo of its batch from the cloud.
/// - Handing over starts only while the local broker and the bridge's link are up, and never
///   exceeds the window or the pace.
/// - A link that blinks costs nothing: what the bridge holds, it delivers. A new connection to the
///   local broker may have cost its queue: everything without a receipt is handed over again.
/// - A batch counts as lost when what was handed over behind it has come back and it has not, for
///   the bridge keeps the order: a slow link makes nothing go twice. What is lost three times holds
///   its topic, and only its topic (Refusals).
/// - In a silence a barrier, a small message of the uplink's own, asks whether anything comes back
///   at all. If nothing does though the bridge says that it is connected, it is stalled: it is to
///   connect anew, and if that does not help, one batch at a time goes again until one comes back:
///   copies must not fill the local broker's queue.
/// - Messages that others may equal (scalars, captures) are handed over only behind a barrier that
///   came back, one of a kind at a time; every reconnect of the bridge, every new connection and
///   every loss of such a message asks for a new barrier
///   (docs/decisions/0003-receipts-for-equal-messages.md).
/// - With markers only barriers come back. One proves everything that was handed over before it
///   in its session; a session ends with the bridge's or with ours, and what it leaves unproved
///   goes again (docs/decisions/0012-markers-for-metered-links.md).
class Flow {
public:
    /// A message for the local broker, QoS 1.
    struct Publish {
        std::string topic; ///< below `holdfast/up/`
        std::string payload;
        bool retain;
        Seq first_row; ///< the first row it carries, 0 for a barrier: for the log
    };

    /// What a person has to know of a topic.
    struct Event {
        enum class Kind {
            held,       ///< it does not get through; it is tried again
            released,   ///< it gets through again
            refused,    ///< it does, but for some messages on it, which are tried now and then
            unsendable, ///< a message on it is against the cloud's limits, and waits for ever
        };
        Kind kind;
        std::string topic;
        std::string reason; ///< empty when released
    };

    struct Stats {
        std::uint64_t pending = 0;
        std::size_t in_flight = 0;
        std::uint64_t receipts = 0;
        std::uint64_t resent = 0;
        std::uint64_t stray = 0; ///< echoes that matched nothing in flight
        std::optional<Time> last_receipt;
        std::uint64_t stalls = 0; ///< silences that called for a new session of the bridge
        std::uint64_t hints = 0;  ///< the network was back before the bridge knew: for the driver
        bool link = false;
        std::size_t window = 0; ///< batches that may be in flight now
        Time round_trip{0};     ///< of receipts lately; 0 where none came yet
        std::uint64_t unsendable = 0;
        std::vector<Refusals::Held> held; ///< topics that do not get through
    };

    /// `pending` is what an earlier run left without a receipt; `nonce` makes this run's barriers
    /// differ from those of every other run.
    Flow(const Limits& limits, const RangeSet& pending, std::string nonce,
         const RangeSet& urgent = {});

    /// New rows; `urgent` are those of them that go before everything else.
    void appended(SeqRange rows, Time now, const RangeSet& urgent = {});
    /// What the spool gave up: it is wanted no more. None of it is in claimed().
    void dropped(const RangeSet& rows);
    /// What is read, packed or handed over: it must stay in the spool as it is.
    RangeSet claimed() const;
    /// The session with the local broker began or ended.
    void local(bool connected);
    /// The bridge said that it is connected (every time it says so, it is a new session) or not.
    void link(bool up, Time now);

    /// Rows to be read and packed, claimed until packed() is called.
    std::optional<Want> want(Time now);
    /// The answer to want(). What the batches do not carry of the rows is wanted again.
    void packed(const Want& want, std::vector<Batch> batches);

    /// What is to be published now.
    std::vector<Publish> due(Time now);
    /// Whether the bridge is to be made to connect anew: it says that it is connected, and nothing
    /// has come back for longer than a receipt may take. True once a silence.
    bool take_stall() noexcept { return std::exchange(stalled_, false); }
    /// What has happened to topics since the last call.
    std::vector<Event> take_events() { return std::exchange(events_, {}); }
    /// The rows that this echo proves; empty for an echo that proves nothing.
    RangeSet receipt(std::string_view topic, std::string_view payload, Time now);

    /// When to call due() and want() again though nothing has happened; nothing if only events can
    /// change anything. `now` is the time of the last due(): what became due since would be missed.
    std::optional<Time> wake(Time now) const;
    Stats stats() const;

private:
    struct Barrier {
        Id id;
        std::string payload;
        Time sent{};
        std::optional<Time> overtaken = {};
    };

    /// One of so many places in the window is not for the backlog, so that live readings find one.
    static constexpr std::size_t reserved_share = 8;

    bool open() const noexcept { return connected_ && link_; }
    bool waits() const noexcept { return !in_flight_.empty() || barrier_; }
    Time grace() const;
    Time live_wait(Time now) const;
    Time patience() const;
    Time probe_after() const;
    std::size_t window() const noexcept;
    bool room(const Batch& batch, Lane lane) const noexcept;
    bool clean(const std::string& topic) const;
    bool may_go(const Batch& batch) const;
    bool paced(const Batch& batch, Time now);

    void doubt_all();
    void doubt(const std::string& topic);
    void again(Flight flight);
    void take_back_all();
    template <typename Which>
    std::size_t take_back(Which which);

    void expire(Time now);
    void break_silence(Time now);
    void take_back_overtaken(Time now);
    void lost(const Flight& flight, Id id, Time now);
    void hold(const std::string& topic);
    void keep(Batch batch);
    void cleared(const std::string& topic, Time now);
    void heard(Id id, Time now);
    RangeSet barrier_returned(std::string_view payload, Time now);
    RangeSet prove_until(const Barrier& marker, Time now);

    bool needs_barrier(Time now) const;
    void send_barrier(Time now, std::vector<Publish>& out);
    void send_probes(Time now, std::vector<Publish>& out);
    void send_ready(Time now, std::vector<Publish>& out);
    void send(Batch batch, Lane lane, Time now, std::vector<Publish>& out);
    RangeSet prove(const Batch& batch, Time now);
    std::string barrier_payload(Id id) const;
    bool needs_marker() const;

    Limits limits_;
    std::string nonce_;
    Pace pace_;
    Pace bytes_pace_;
    Window window_;
    Schedule schedule_;
    Ready ready_;
    InFlight in_flight_;
    Refusals refusals_;
    std::vector<Event> events_;

    std::uint64_t pending_;
    std::optional<RangeSet> reading_; ///< the rows between want() and packed()
    RangeSet dropped_;                ///< of these
    bool connected_ = false;
    bool link_ = false;
    std::size_t at_bridge_; ///< batches that it may still have though they are not in flight

    /// With markers: the link went with messages on their way. Each goes alone until one is proved,
    /// so that the one that ends the link is known.
    bool one_at_a_time_ = false;

    Id next_id_ = 1;
    std::uint64_t in_session_ = 0;   ///< batches handed over since the last doubt of everything
    std::optional<Barrier> barrier_; ///< that has not come back
    Id proved_by_ = 0;               ///< the last barrier that came back
    Id doubt_ = 0; ///< a barrier has to be later than this for messages that may be equal...
    std::unordered_map<std::string, Id> doubts_; ///< ...and than this on single topics

    Time heard_{0};         ///< when something last came back, or began to be waited for
    unsigned silences_ = 0; ///< in a row
    bool stalled_ = false;

    std::uint64_t receipts_ = 0;
    std::uint64_t resent_ = 0;
    std::uint64_t stray_ = 0;
    std::uint64_t stalls_ = 0;
    std::uint64_t unsendable_ = 0;
    std::map<std::string, std::string> unsendable_topics_;
    std::optional<Time> last_receipt_;
};

} // namespace holdfast::uplink
