#pragma once

#include "core/clock.hpp"
#include "core/reading.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::spool {

/// Why the cloud will not get something as it was measured.
enum class GapKind {
    thinned, ///< several readings became one
    dropped, ///< gone from a full spool
    refused, ///< never stored: the disk or the spool was full, and memory too
    damaged  ///< could not be read any more; counts are what is known of it
};

std::string_view to_string(GapKind kind) noexcept;

/// What was lost of one series, or of one topic of devices.
///
/// - count is the number of readings or messages as they were measured
/// - of messages, least, greatest and mean mean nothing
struct Loss {
    std::int64_t series = 0; ///< 0: messages of devices
    std::string topic{};     ///< of the messages; empty for a series
    std::uint64_t count = 0;
    BootTime first{};
    BootTime last{};
    double least = 0;
    double greatest = 0;
    double mean = 0;

    /// Adds a value, or what a thinned value stands for.
    void add(double value, BootTime at, const Spread& spread);
    void add(double value, BootTime at) { add(value, at, {1, value, value, BootTime(0)}); }
    /// Adds a message.
    void add(BootTime at) { add(0, at); }
};

/// The mean of `count` values with the mean `a` and `more` with the mean `b`, never outside of what
/// lies between both, and finite for all finite values.
double joint_mean(double a, std::uint64_t count, double b, std::uint64_t more) noexcept;

} // namespace holdfast::spool
