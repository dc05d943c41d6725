#pragma once

#include <algorithm>
#include <chrono>

namespace holdfast::mqtt {

/// How long to wait before the next attempt: 0.1 s, doubling to 1 s, each longer by up to a quarter
/// so that clients which lost the same broker do not come back all at once. Short, because the
/// broker is on this machine: what devices send it while we are away is in its memory alone.
class Backoff {
public:
    static constexpr std::chrono::milliseconds shortest{100};
    static constexpr std::chrono::milliseconds longest{1000};

    /// `chance` in [0, 1) decides how much longer this wait is.
    std::chrono::milliseconds next(double chance) noexcept {
        const auto wait = next_;
        next_ = std::min(next_ * 2, longest);
        const auto extra = static_cast<double>(wait.count()) * chance / 4;
        return wait + std::chrono::milliseconds(static_cast<long>(extra));
    }
    void reset() noexcept { next_ = shortest; }

private:
    std::chrono::milliseconds next_ = shortest;
};

} // namespace holdfast::mqtt
