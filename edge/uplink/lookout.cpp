#include "edge/uplink/lookout.hpp"

#include <algorithm>

namespace holdfast::uplink {

namespace {

using namespace std::chrono_literals;

/// As often as the bridge itself tries where it is refused.
constexpr Time between_tries = 1s;
constexpr Time longest_pause = 1min;
/// After less than this the bridge's own next packet is not far.
constexpr Time long_silence = 3s;
/// A new connection may take as long over a bad network.
constexpr Time between_kicks = 10s;
constexpr Time longest_patience = 5min;

} // namespace

void Lookout::link(bool up, Time now) {
    if (std::exchange(watches_, !up) || up) {
        return;
    }
    silent_.reset();
    taken_.reset();
    last_kick_.reset();
    patience_ = between_kicks;
    pause_ = between_tries;
    next_try_ = now;
}

void Lookout::pause() {
    watches_ = false;
}

bool Lookout::take_try(Time now) {
    if (!watches_ || trying_ || now < next_try_) {
        return false;
    }
    trying_ = true;
    tried_ = now;
    return true;
}

void Lookout::answer(Answer answer, Time now) {
    trying_ = false;
    if (!watches_) {
        return;
    }
    if (answer == Answer::none) {
        silent_ = silent_.value_or(tried_);
        taken_.reset();
        pause_ = between_tries;
    } else {
        const bool lasted = silent_ && now - *silent_ >= long_silence;
        const bool too_soon = last_kick_ && now - *last_kick_ < between_kicks;
        if (lasted && !too_soon) {
            kick(now);
        }
        silent_.reset();
    }
    if (answer == Answer::refused) {
        taken_.reset();
        pause_ = between_tries;
    } else if (answer == Answer::taken) {
        pause_ = taken_ ? std::min(pause_ * 2, longest_pause) : between_tries;
        taken_ = taken_.value_or(now);
        const auto since = std::max(*taken_, last_kick_.value_or(Time::min()));
        if (now - since >= patience_) {
            kick(now);
            patience_ = std::min(patience_ * 2, longest_patience);
        }
    }
    next_try_ = std::max(now, tried_ + pause_);
}

void Lookout::kick(Time now) {
    kick_ = true;
    last_kick_ = now;
}

std::optional<Time> Lookout::wake() const {
    return watches_ && !trying_ ? std::optional(next_try_) : std::nullopt;
}

} // namespace holdfast::uplink
