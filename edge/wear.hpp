#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace holdfast::edge {

/// How much of the disk's life a reading costs: running figures of the last hour.
class WearMeter {
public:
    /// To be called now and then: what was written, and how many readings and messages were stored,
    /// since the daemon began.
    void add(BootTime now, std::uint64_t written_bytes, std::uint64_t stored);

    /// Nothing before anything was stored in that hour.
    std::optional<double> bytes_per_reading() const noexcept;
    /// If it goes on like that; nothing in the first minute.
    std::optional<double> bytes_per_day() const noexcept;

private:
    struct Sample {
        BootTime at;
        std::uint64_t written_bytes;
        std::uint64_t stored;
    };

    std::deque<Sample> samples_; ///< one in ten seconds, and the newest
};

/// What this process has sent to the disk (proc(5), write_bytes of /proc/self/io); nothing where
/// the kernel does not tell.
std::optional<std::uint64_t> bytes_written_by_this_process();

} // namespace holdfast::edge
