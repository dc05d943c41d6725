#pragma once

#include "core/range_set.hpp"
#include "edge/uplink/batch.hpp"
#include "edge/uplink/pace.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace holdfast::uplink {

/// Time on a clock that never steps; only differences count.
using Time = std::chrono::microseconds;

struct Limits {
    std::size_t batches_in_flight = 64;
    std::size_t bytes_in_flight = std::size_t{1024} * 1024;
    double publishes_per_second = 500;
    std::chrono::milliseconds receipt_timeout{10'000};
    bool live_first = true;
};

/// Decides what goes up, what is proved, and what has to go again (DESIGN of the data path:
/// docs/architecture.md). Pure: it is told what happened and when, and asked what to do.
///
/// - A row leaves the pending set only by a receipt: the echo of its batch from the cloud.
/// - Handing over starts only while the local broker and the bridge's link are up, and never
/// exceeds
///   the window or the pace.
/// - A link that blinks costs nothing: what the bridge holds, it delivers. A new connection to the
///   local broker may have cost its queue: everything without a receipt is handed over again.
/// - A batch counts as lost when what was handed over behind it has come back and it has not, for
///   the bridge keeps the order: a slow link makes nothing go twice.
/// - Where nothing comes back at all though the bridge says that it is connected, it is stalled: it
///   is to connect anew, and if that does not help, one batch at a time goes again until one comes
///   back: copies must not fill the local broker's queue.
/// - Messages that others may equal (scalars, captures) are proved soundly with a barrier: a unique
///   message that opens each era. They are handed over only behind a barrier that came back, one of
///   a kind at a time, and only an echo within the same era counts; every reconnect of the bridge,
///   every new connection and every resend of such a message starts a new era
///   (docs/decisions/0003-receipts-for-equal-messages.md).
class Flow {
public:
    /// A stretch of the spool to be read and packed, claimed until packed() is called.
    struct Want {
        SeqRange range;
        bool live;
    };

    /// A message for the local broker, QoS 1.
    struct Publish {
        std::string topic; ///< below `holdfast/up/`
        std::string payload;
        bool retain;
        Seq first_row; ///< the first row it carries, 0 for a barrier: for the log
    };

    struct Stats {
        std::uint64_t pending = 0;
        std::size_t in_flight = 0;
        std::uint64_t receipts = 0;
        std::uint64_t resent = 0;
        std::uint64_t stray = 0; ///< echoes that matched nothing in flight
        std::optional<Time> last_receipt;
        std::uint64_t stalls = 0; ///< silences that called for a new session of the bridge
        bool link = false;
    };

    /// `pending` is what an earlier run left without a receipt; `nonce` makes this run's barriers
    /// differ from those of every other run.
    Flow(Limits limits, const RangeSet& pending, std::string nonce, RangeSet urgent = {});

    /// `urgent` are those among the rows that go before all others.
    void appended(SeqRange rows, const RangeSet& urgent = {});
    /// What the spool gave up: it is wanted no more. None of it is in claimed().
    void dropped(const RangeSet& rows);
    /// What is read, packed or handed over: it must stay in the spool as it is.
    RangeSet claimed() const;
    /// The session with the local broker began or ended.
    void local(bool connected);
    /// The bridge said that it is connected (every time it says so, it is a new session) or not.
    void link(bool up, Time now);

    std::optional<Want> want();
    /// The answer to want(). What the batches do not carry of the stretch is wanted again.
    void packed(const Want& want, std::vector<Batch> batches);

    /// What is to be published now.
    std::vector<Publish> due(Time now);
    /// Whether the bridge is to be made to connect anew: it says that it is connected, and nothing
    /// has come back for longer than a receipt may take. True once a silence.
    bool take_stall() noexcept { return std::exchange(stalled_, false); }
    /// The rows that this echo proves; empty for an echo that proves nothing.
    RangeSet receipt(std::string_view topic, std::string_view payload, Time now);

    /// When to call due() and want() again though nothing has happened; nothing if only events can
    /// change anything.
    std::optional<Time> wake(Time now) const;
    Stats stats() const;

private:
    using Era = std::uint64_t;

    using Id = std::uint64_t; ///< of a batch or barrier handed over, in order

    struct InFlight {
        Batch batch;
        Era era = 0;
        /// Since when something that was handed over later has come back.
        std::optional<Time> overtaken = {};
    };
    using InFlightBatches = std::map<Id, InFlight>;

    struct Barrier {
        Id id;
        bool returned = false;
        std::optional<Time> overtaken = {};
    };

    bool open() const noexcept { return connected_ && link_; }
    std::optional<SeqRange> next_urgent();
    Want claim(SeqRange range, bool live);
    bool window_has_room(const Batch& batch) const noexcept;
    bool may_go(const Batch& batch) const;
    bool in_flight(std::string_view topic, std::string_view payload) const;
    bool clean() const noexcept { return barrier_ && barrier_->returned; }
    bool waits() const noexcept { return !in_flight_.empty() || (barrier_ && !barrier_->returned); }
    void begin_era();
    void expire(Time now);
    void take_back_overtaken(Time now);
    void break_silence(Time now);
    void take_back_all();
    void heard(Id id, Time now);
    void send_barrier(Time now, std::vector<Publish>& out);
    void send_ready(Time now, std::vector<Publish>& out);
    void send(Batch batch, Time now, std::vector<Publish>& out);
    Batch land(InFlightBatches::iterator flying);
    RangeSet prove(Batch batch);
    std::string barrier_payload() const;

    Limits limits_;
    std::string nonce_;
    Pace pace_;

    RangeSet available_;        ///< pending, and neither being read, nor ready, nor in flight
    RangeSet urgent_;           ///< of these, what goes first; may hold what was claimed long ago
    std::uint64_t claimed_ = 0; ///< rows that are pending and not available
    Seq newest_ = 0;
    Seq live_from_ = 1;
    unsigned live_turns_ = 0;
    std::optional<SeqRange> reading_; ///< the stretch between want() and packed()
    RangeSet dropped_;                ///< of that stretch

    std::deque<Batch> ready_;
    InFlightBatches in_flight_;
    std::unordered_multimap<std::size_t, Id> by_content_;
    Id next_id_ = 1;
    std::size_t bytes_in_flight_ = 0;

    bool connected_ = false;
    bool link_ = false;
    Era era_ = 1;
    std::optional<Barrier> barrier_; ///< of this era

    Time heard_{0};         ///< when something last came back, or began to be waited for
    unsigned silences_ = 0; ///< in a row
    bool stalled_ = false;

    std::uint64_t receipts_ = 0;
    std::uint64_t resent_ = 0;
    std::uint64_t stray_ = 0;
    std::uint64_t stalls_ = 0;
    std::optional<Time> last_receipt_;
};

} // namespace holdfast::uplink
