#include "edge/sensors/ticker.hpp"

#include <algorithm>

namespace holdfast::sensors {

using std::chrono::steady_clock;

Ticker::Ticker(boost::asio::io_context& loop, std::chrono::milliseconds period,
               std::function<void()> tick)
    : period_(period)
    , tick_(std::move(tick))
    , timer_(loop) {}

void Ticker::start() {
    started_ = true;
    last_ = steady_clock::now();
    arm(last_);
}

void Ticker::set_period(std::chrono::milliseconds period) {
    period_ = period;
    if (started_) {
        arm(std::max(last_ + period_, steady_clock::now()));
    }
}

void Ticker::arm(steady_clock::time_point at) {
    timer_.expires_at(at);
    timer_.async_wait([this, at, alive = std::weak_ptr(alive_)](const auto& error) {
        // A handler that was on its way when the period changed finds a later time set.
        if (error || alive.expired() || timer_.expiry() != at) {
            return;
        }
        last_ = at;
        const auto missed = (steady_clock::now() - at) / period_;
        arm(at + (missed + 1) * period_);
        tick_();
    });
}

} // namespace holdfast::sensors
