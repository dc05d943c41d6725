#pragma once

#include "edge/uplink/schedule.hpp"

#include <algorithm>
#include <cstddef>

namespace holdfast::uplink {

/// How many batches may be on their way: as many as the link keeps moving, and never more than the
/// limit. It grows while receipts come about as fast as the fastest did, and shrinks when they take
/// longer, because then batches wait in a queue (after TCP Vegas).
class Window {
public:
    explicit Window(std::size_t most)
        : most_(most)
        , size_(std::min(most, first)) {}

    std::size_t size() const noexcept { return size_; }
    /// Of the receipts lately, smoothed; 0 before the first.
    Time round_trip() const noexcept { return smooth_; }

    /// A receipt came after `round_trip`; `full` says whether the window had been all used.
    void receipt(Time round_trip, bool full, Time now) {
        fastest_ = std::min(fastest_, round_trip);
        smooth_ = smooth_ == Time::zero() ? round_trip : (smooth_ * 7 + round_trip) / 8;
        if (round_trip <= fastest_ * 2 + slack) {
            size_ = full ? std::min(most_, size_ + 1) : size_;
        } else if (now - shrunk_ >= smooth_) {
            shrunk_ = now;
            size_ = std::max(std::min(most_, least), size_ * 3 / 4);
            // A way that has become longer for good becomes the new measure.
            fastest_ += fastest_ / 16;
        }
    }

    /// Another link may have another round trip.
    void new_link() {
        fastest_ = none;
        smooth_ = Time::zero();
        size_ = std::min(most_, first);
    }

private:
    static constexpr std::size_t first = 8;
    static constexpr std::size_t least = 2;
    // What a loaded machine adds without any queue on the link.
    static constexpr Time slack = std::chrono::milliseconds(50);

    static constexpr Time none = Time::max();

    std::size_t most_;
    std::size_t size_;
    Time fastest_ = none;
    Time smooth_{0};
    Time shrunk_{0};
};

} // namespace holdfast::uplink
