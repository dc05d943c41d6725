#include "edge/sensors/ticker.hpp"

namespace holdfast::sensors {

Ticker::Ticker(boost::asio::io_context& loop, std::chrono::milliseconds period,
               std::function<void()> tick)
    : period_(period)
    , tick_(std::move(tick))
    , timer_(loop) {}

void Ticker::start() {
    arm(std::chrono::steady_clock::now());
}

void Ticker::arm(std::chrono::steady_clock::time_point at) {
    timer_.expires_at(at);
    timer_.async_wait([this, at, alive = std::weak_ptr(alive_)](const auto& error) {
        if (error || alive.expired()) {
            return;
        }
        const auto missed = (std::chrono::steady_clock::now() - at) / period_;
        arm(at + (missed + 1) * period_);
        tick_();
    });
}

} // namespace holdfast::sensors
