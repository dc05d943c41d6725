#pragma once

#include <algorithm>
#include <chrono>

namespace holdfast::uplink {

/// A token bucket: at most `per_second` on average, with a burst of a tenth of a second's worth.
class Pace {
public:
    using Time = std::chrono::microseconds;

    explicit Pace(double per_second)
        : per_second_(per_second)
        , burst_(std::max(1.0, per_second / 10))
        , tokens_(burst_) {}

    bool may_take(Time now) {
        // A time before the last one counts as the same time: tokens never run backwards.
        const auto passed = std::chrono::duration<double>(std::max(now - last_, Time::zero()));
        tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
        last_ = std::max(last_, now);
        return tokens_ >= 1;
    }

    void take() { tokens_ -= 1; }

    /// When the next token is there, seen from the last call of may_take().
    Time next() const {
        const auto missing = std::max(0.0, 1 - tokens_);
        return last_ +
               std::chrono::ceil<Time>(std::chrono::duration<double>(missing / per_second_));
    }

private:
    double per_second_;
    double burst_;
    double tokens_;
    Time last_{0};
};

} // namespace holdfast::uplink
