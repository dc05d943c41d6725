#pragma once

#include "core/range_set.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace holdfast::cli::drill {

/// What a drill takes from the daemon's status.
struct View {
    std::string epoch;
    Seq last = 0;              ///< of everything stored
    std::uint64_t pending = 0; ///< without a receipt
    std::uint64_t lost = 0;    ///< thinned, dropped or damaged, ever

    /// From the JSON of `holdfast/status`; nothing where it is no status of a daemon with a cloud.
    static std::optional<View> parse(const std::string& text);
};

/// The course of a drill, without clock or network: when to cut the bridge, and what came of it.
///
/// The bridge comes back by itself as soon as nobody cuts it any more, so a drill that is killed
/// leaves nothing behind.
class Course {
public:
    using Time = std::chrono::steady_clock::time_point;

    enum class Phase {
        waiting,     ///< for the link and a status
        cut,         ///< the link is kept down
        catching_up, ///< until what was stored in the outage is proved
        over,
    };

    struct Result {
        std::chrono::milliseconds outage{0};
        std::uint64_t cuts = 0;     ///< how often the bridge had to be cut: it tries to come back
        Seq first = 0;              ///< what was stored in the outage: first …
        Seq last = 0;               ///< … to last
        std::uint64_t buffered = 0; ///< the most that waited for a receipt
        std::uint64_t missing = 0;  ///< of what was stored in the outage, without a receipt yet
        std::uint64_t lost = 0;     ///< what the spool had to give up meanwhile
        std::chrono::milliseconds link_after{0};   ///< the end of the outage
        std::chrono::milliseconds proved_after{0}; ///< the end of the outage
        std::string trouble; ///< why it ended otherwise; empty: every reading arrived
    };

    Course(std::chrono::milliseconds outage, std::chrono::milliseconds patience)
        : outage_(outage)
        , patience_(patience) {}

    /// Each of these may change the phase; wants_cut() tells afterwards whether to cut the bridge.
    void status(const View& view, Time now);
    void link(bool up, Time now);
    void tick(Time now);
    /// How many rows of stored() have no receipt on disk.
    void missing(std::uint64_t rows, Time now);
    /// The local broker cannot be reached.
    void unreachable(const std::string& reason);
    /// The outage ends now; said again, the drill ends without waiting.
    void interrupt(Time now);

    /// Whether the bridge is to be cut now; asking is taking.
    bool wants_cut(Time now);

    /// What was stored in the outage, once that is known and not all of it is proved.
    std::optional<SeqRange> stored() const;
    Phase phase() const noexcept { return phase_; }
    const Result& result() const noexcept { return result_; }
    std::uint64_t pending() const noexcept { return view_ ? view_->pending : 0; }
    /// Since the outage began, or ended when it has.
    std::chrono::milliseconds in_phase(Time now) const;

private:
    void begin(Time now);
    void restore(Time now);
    void end(std::string trouble);

    std::chrono::milliseconds outage_;
    std::chrono::milliseconds patience_;
    Phase phase_ = Phase::waiting;
    Result result_;
    std::optional<View> view_;
    std::uint64_t lost_before_ = 0;
    std::optional<bool> link_;
    std::optional<Time> started_;
    Time phase_start_{};
    Time next_cut_{};
};

} // namespace holdfast::cli::drill
