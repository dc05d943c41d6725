#pragma once

#include "edge/uplink/schedule.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace holdfast::uplink {

/// How many batches may be on their way: as many as the link keeps moving, and never more than the
/// limit. It grows while receipts come about as fast as the fastest did lately, and shrinks when
/// they take longer, because then batches wait in a queue (after TCP Vegas). What was fastest is
/// forgotten after ten to twenty seconds, so that a way that has become longer is soon the measure.
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
        if (now - turn_ >= turn) {
            turn_ = now;
            // A queue that stands for long would pass for the way itself: it has to drain first.
            if (smooth_ > fastest() + fastest() / 4) {
                size_ = std::min(most_, least);
            }
            fastest_before_ = std::exchange(fastest_, none);
        }
        fastest_ = std::min(fastest_, round_trip);
        smooth_ = smooth_ == Time::zero() ? round_trip : (smooth_ * 7 + round_trip) / 8;
        if (round_trip <= fastest() * 2 + slack) {
            size_ = full ? std::min(most_, size_ + 1) : size_;
        } else if (now - shrunk_ >= smooth_) {
            shrunk_ = now;
            size_ = std::max(std::min(most_, least), size_ * 3 / 4);
        }
    }

    /// Another link may have another round trip.
    void new_link() {
        fastest_ = none;
        fastest_before_ = none;
        smooth_ = Time::zero();
        size_ = std::min(most_, first);
    }

private:
    Time fastest() const noexcept { return std::min(fastest_, fastest_before_); }

    static constexpr std::size_t first = 8;
    static constexpr std::size_t least = 4;
    // What a loaded machine adds without any queue on the link.
    static constexpr Time slack = std::chrono::milliseconds(50);

    static constexpr Time turn = std::chrono::seconds(10);
    static constexpr Time none = Time::max() / 4;

    std::size_t most_;
    std::size_t size_;
    Time fastest_ = none; ///< since turn_
    Time fastest_before_ = none;
    Time turn_{0};
    Time smooth_{0};
    Time shrunk_{0};
};

} // namespace holdfast::uplink
