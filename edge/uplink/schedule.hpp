#pragma once

#include "core/range_set.hpp"
#include "edge/uplink/lane.hpp"

#include <chrono>
#include <functional>
#include <optional>

namespace holdfast::uplink {

/// Time on a clock that never steps; only differences count.
using Time = std::chrono::microseconds;

/// Rows of the spool to be read and packed.
struct Want {
    RangeSet rows;
    Lane lane = Lane::backlog;
    bool one_reading_each = false; ///< live: every reading is a message of its own

    /// The stretch of the spool that holds them.
    SeqRange range() const { return {rows.front().value(), rows.back().value()}; }
};

/// Which rows are pending and wait to be read, and which of them come next.
///
/// - what was marked goes first, then the newest, then what is older, which gets every fifth
///   stretch whatever else waits
/// - with each new link the newest rows of the backlog are live, so that the cloud sees the newest
///   values at once
/// - a live lane that falls behind is packed, and one that lags far behind is backlog
/// - without live_first everything goes in the order of the spool
class Schedule {
public:
    struct Options {
        bool live_first = true;
        /// How long a live reading waits for others to share its message; 0: not at all.
        Time linger{0};
        /// So many of the newest rows go before the backlog when a link comes.
        Seq newest_first = 500;
    };

    /// `marked` are those of the pending rows that go first.
    Schedule(const Options& options, const RangeSet& pending, const RangeSet& marked = {});

    /// New rows; the marked ones among them go first.
    void append(SeqRange rows, const RangeSet& marked, Time now);
    /// Rows that were taken and are to be read again.
    void give_back(const RangeSet& rows, Lane lane);
    /// Rows that are wanted no more; answers how many of them waited.
    std::uint64_t drop(const RangeSet& rows);
    void new_link();
    /// How long a live reading waits for others from now on.
    void set_linger(Time linger) { options_.linger = linger; }

    /// The next stretch, of a lane that `open` allows.
    std::optional<Want> take(Time now, const std::function<bool(Lane)>& open);
    /// When live rows will have lingered long enough; nothing where none wait.
    std::optional<Time> ripe() const;

private:
    void mark(const RangeSet& rows);
    std::optional<Want> take_from(Lane lane, Time now);
    bool lingers(Time now) const;
    bool live_waits() const { return available_.first_within(live_from_, end_of_time).has_value(); }

    static constexpr Seq end_of_time = ~Seq{0} - 1;

    Options options_;
    RangeSet available_;
    RangeSet marked_; ///< not in available_
    Seq newest_;
    Seq live_from_;
    Time live_since_{0}; ///< when the oldest live row that waits came
    unsigned others_in_a_row_ = 0;
};

} // namespace holdfast::uplink
