#include "edge/sensors/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace holdfast::sensors {

Pipeline::Pipeline(const config::SensorSettings& settings, Pace pace)
    : scale_(settings.scale)
    , offset_(settings.offset)
    , least_(settings.least)
    , greatest_(settings.greatest)
    , deadband_(settings.deadband)
    , heartbeat_(settings.heartbeat)
    , window_size_(static_cast<std::size_t>(settings.median))
    , means_(settings.mean)
    , every_(settings.every)
    , pace_(pace) {}

Outcome Pipeline::pass(double raw, BootTime at) {
    double value = raw * scale_ + offset_;
    if (auto reason = implausible(value)) {
        return {Outcome::Kind::rejected, value, std::move(*reason)};
    }
    value = median(value);
    if (means_) {
        const auto over_the_period = mean(value, at);
        if (!over_the_period) {
            return {Outcome::Kind::quiet, value};
        }
        value = *over_the_period;
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
    sum_.reset();
    window_.clear();
}

void Pipeline::set_every(std::chrono::milliseconds every) noexcept {
    // The period that has begun gets the new length.
    if (sum_) {
        sum_->end += every - every_;
    }
    every_ = every;
    if (last_) {
        due_ = last_->at + every_;
    }
}

double Pipeline::median(double value) {
    if (window_size_ == 1) {
        return value;
    }
    window_.push_back(value);
    if (window_.size() > window_size_) {
        window_.pop_front();
    }
    auto sorted = std::vector(window_.begin(), window_.end());
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>((sorted.size() - 1) / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle;
}

/// A period ends with the value that is nearest to its end: the next would come later than this
/// one comes early.
std::optional<double> Pipeline::mean(double value, BootTime at) {
    if (!sum_) {
        sum_ = Sum{.end = at + every_};
    }
    const auto step = sum_->last ? std::min(at - *sum_->last, every_) : BootTime::zero();
    sum_->total += value;
    ++sum_->count;
    sum_->last = at;
    if (at < sum_->end - step / 2) {
        return std::nullopt;
    }
    const double mean = sum_->total / sum_->count;
    sum_ = Sum{.end = std::max(sum_->end, at - every_) + every_, .last = at};
    return mean;
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
    return pace_ == Pace::device && !means_ && at < due_ - every_ / 2;
}

BootTime Pipeline::heartbeat() const noexcept {
    return heartbeat_ ? std::max<BootTime>(*heartbeat_, every_) : heartbeat_periods * every_;
}

bool Pipeline::too_close(double value, BootTime at) const noexcept {
    // Half a period of grace, so that jitter cannot push the heartbeat into the next period.
    const bool beat = at - last_->at >= heartbeat() - every_ / 2;
    // 21.2 - 21.1 is a little less than 0.1 in binary; that must count as a change of 0.1.
    constexpr double rounding = 1e-9;
    return !beat && std::abs(value - last_->value) < deadband_ * (1 - rounding);
}

} // namespace holdfast::sensors
