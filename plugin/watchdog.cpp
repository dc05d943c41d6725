#include "plugin/watchdog.hpp"

#include <systemd/sd-daemon.h>

namespace holdfast {

void Watchdog::turned(BootTime now) noexcept {
    if (limit_ && !next_) {
        // Feeds it first: systemd counts from the last time.
        sd_notifyf(0, "WATCHDOG=1\nWATCHDOG_USEC=%llu",
                   static_cast<unsigned long long>(limit_->count()));
        next_ = now + *limit_ / feeds;
    }
    worked(now);
}

void Watchdog::worked(BootTime now) noexcept {
    if (next_ && now >= *next_) {
        sd_notify(0, "WATCHDOG=1");
        next_ = now + *limit_ / feeds;
    }
}

} // namespace holdfast
