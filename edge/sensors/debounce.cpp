#include "edge/sensors/debounce.hpp"

namespace holdfast::sensors {

std::optional<Debounce::Change> Debounce::edge(bool level, BootTime at) noexcept {
    auto settled = settle(at);
    if (level != level_ && seen_ == level_) {
        left_ = at;
    }
    seen_ = level;
    last_edge_ = at;
    return settled || quiet_ > BootTime::zero() ? settled : settle(at);
}

std::optional<Debounce::Change> Debounce::settle(BootTime now) noexcept {
    if (seen_ == level_ || now - last_edge_ < quiet_) {
        return std::nullopt;
    }
    level_ = seen_;
    return Change{level_, left_};
}

std::optional<BootTime> Debounce::due() const noexcept {
    return seen_ == level_ ? std::nullopt : std::optional(last_edge_ + quiet_);
}

} // namespace holdfast::sensors
