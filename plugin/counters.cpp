#include "plugin/counters.hpp"

#include <algorithm>

namespace holdfast {

void Counters::time(std::uint64_t nanoseconds) noexcept {
    ++timed;
    timed_ns += nanoseconds;
    slowest_ns = std::max(slowest_ns, nanoseconds);
}

bool Counters::news_since(const Counters& before) const noexcept {
    return logins != before.logins || logins_refused != before.logins_refused ||
           denied_write != before.denied_write || denied_subscribe != before.denied_subscribe ||
           denied_control != before.denied_control || limited != before.limited ||
           reloads != before.reloads || reloads_refused != before.reloads_refused;
}

bool CounterSchedule::due(const Counters& counters, std::size_t sessions, BootTime now) noexcept {
    if (now < not_before_) {
        return false;
    }
    if (now < next_ && sessions == told_sessions_ && !counters.news_since(told_)) {
        return false;
    }
    told_ = counters;
    told_sessions_ = sessions;
    next_ = now + regular;
    not_before_ = now + soonest;
    return true;
}

} // namespace holdfast
