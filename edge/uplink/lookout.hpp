#pragma once

#include "edge/uplink/schedule.hpp"

#include <optional>
#include <utility>

namespace holdfast::uplink {

/// Notices that the network to the cloud is back where the bridge does not: while packets vanish,
/// its attempt to connect sends more and more seldom. Pure, like Flow.
///
/// - while the bridge says that it is not connected, the cloud's port is tried about once a second;
///   a port that goes on answering is tried less and less often
/// - when a time without any answer ends, the bridge is to connect anew
/// - a port that answers for long while the bridge stays away: the same, each time after twice as
///   long (docs/decisions/0018-who-notices-that-the-network-is-back.md)
class Lookout {
public:
    /// What became of a try.
    enum class Answer {
        taken,   ///< there is a connection
        refused, ///< somebody, or this machine, says that there is none
        none,    ///< nobody says anything
    };

    /// The bridge says that it is connected, or not.
    void link(bool up, Time now);
    /// Nobody knows what the bridge does: nothing is tried.
    void pause();

    /// Whether the port is to be tried now; answer() has to follow.
    bool take_try(Time now);
    void answer(Answer answer, Time now);
    /// Whether the bridge is to be made to connect anew.
    bool take_kick() noexcept { return std::exchange(kick_, false); }
    /// When to call take_try() again though nothing has happened, if ever.
    std::optional<Time> wake() const;

private:
    void kick(Time now);

    bool watches_ = false; ///< the bridge is away
    bool trying_ = false;
    Time tried_{0};
    Time next_try_{0};
    Time pause_{0};                 ///< between tries
    std::optional<Time> silent_;    ///< since when no try has been answered
    std::optional<Time> taken_;     ///< since when each was
    std::optional<Time> last_kick_; ///< of this absence
    Time patience_{0};              ///< with a bridge that stays away though the port answers
    bool kick_ = false;
};

} // namespace holdfast::uplink
