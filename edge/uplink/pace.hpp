#pragma once

#include <algorithm>
#include <chrono>

namespace holdfast::uplink {

/// A token bucket: at most `per_second` on average, with a burst of a tenth of a second's worth.
/// What is larger than the burst goes when the bucket is full, and is paid for afterwards.
class Pace {
public:
    using Time = std::chrono::microseconds;

    explicit Pace(double per_second)
        : per_second_(per_second)
        , burst_(std::max(1.0, per_second / 10))
        , tokens_(burst_) {}

    bool may_take(Time now, double amount = 1) {
        refill(now);
        needed_ = std::min(amount, burst_);
        return tokens_ >= needed_;
    }

    void take(double amount = 1) { tokens_ -= amount; }

    /// Somebody else takes it, whether it is there or not.
    void charge(Time now, double amount) {
        refill(now);
        tokens_ -= amount;
    }

    /// When there is enough for what may_take() was last asked for.
    Time next() const {
        const auto missing = std::max(0.0, needed_ - tokens_);
        return last_ +
               std::chrono::ceil<Time>(std::chrono::duration<double>(missing / per_second_));
    }

private:
    void refill(Time now) {
        // A time before the last one counts as the same time: tokens never run backwards.
        const auto passed = std::chrono::duration<double>(std::max(now - last_, Time::zero()));
        tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
        last_ = std::max(last_, now);
    }

    double per_second_;
    double burst_;
    double tokens_;
    double needed_ = 1;
    Time last_{0};
};

} // namespace holdfast::uplink
