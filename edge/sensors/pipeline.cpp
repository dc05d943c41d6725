#include "edge/sensors/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace holdfast::sensors {

Pipeline::Pipeline(const config::SensorSettings& settings, Pace pace)
    : scale_(settings.scale)
    , offset_(settings.offset)
    , least_(settings.least)
    , greatest_(settings.greatest)
    , deadband_(settings.deadband)
    , every_(settings.every)
    , pace_(pace) {}

Outcome Pipeline::pass(double raw, BootTime at) {
    const double value = raw * scale_ + offset_;
    if (auto reason = implausible(value)) {
        return {Outcome::Kind::rejected, value, std::move(*reason)};
    }
    if (last_ && (too_soon(at) || too_close(value, at))) {
        return {Outcome::Kind::quiet, value};
    }
    due_ = last_ ? std::max(due_, at) + every_ : at + every_;
    last_ = Last{value, at};
    return {Outcome::Kind::reading, value};
}

void Pipeline::restart() noexcept {
    last_.reset();
}

std::optional<std::string> Pipeline::implausible(double value) const {
    if (!std::isfinite(value)) {
        return "the value is not a finite number";
    }
    if (least_ && value < *least_) {
        return fmt::format("{} is below min = {}", value, *least_);
    }
    if (greatest_ && value > *greatest_) {
        return fmt::format("{} is above max = {}", value, *greatest_);
    }
    return std::nullopt;
}

bool Pipeline::too_soon(BootTime at) const noexcept {
    return pace_ == Pace::device && at < due_ - every_ / 2;
}

bool Pipeline::too_close(double value, BootTime at) const noexcept {
    // Half a period of grace, so that jitter cannot push the heartbeat into the next period.
    const bool heartbeat = at - last_->at >= heartbeat_periods * every_ - every_ / 2;
    // 21.2 - 21.1 is a little less than 0.1 in binary; that must count as a change of 0.1.
    constexpr double rounding = 1e-9;
    return !heartbeat && std::abs(value - last_->value) < deadband_ * (1 - rounding);
}

} // namespace holdfast::sensors
