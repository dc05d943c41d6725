#pragma once

#include "config/settings.hpp"
#include "core/clock.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace holdfast::sensors {

/// Who decides when a value comes.
enum class Pace {
    ours,   ///< the driver asks each `every`
    device, ///< the device sends when it likes, and the pipeline thins to one reading each `every`
};

/// What became of a value.
struct Outcome {
    enum class Kind {
        reading,  ///< worth a reading of `value`
        quiet,    ///< usable, but too soon or too close to the last reading
        rejected, ///< unusable, for `reason`
    };
    Kind kind;
    double value = 0;
    std::string reason{};
};

/// What every value of a sensor passes: scale and offset, plausibility, median, mean or thinning,
/// deadband. Pure.
///
/// - value = raw * scale + offset; what is not finite, or outside [min, max], is rejected
/// - median = N: each usable value gives way to the median of the last N, so that a spike shorter
///   than N/2 values is never seen
/// - mean = yes: one reading each `every`, the mean of the values since the one before
/// - otherwise a device that sets the pace gets on average one reading each `every` and never more;
///   one that keeps that pace itself loses none to jitter, since a reading may come half a period
///   early
/// - a reading closer to the last one than the deadband is quiet, except that a heartbeat gives one
///   at least each `heartbeat` (10 periods); so silence always means trouble
class Pipeline {
public:
    static constexpr int heartbeat_periods = 10;

    Pipeline(const config::SensorSettings& settings, Pace pace);

    /// `at` must not go backwards.
    Outcome pass(double raw, BootTime at);

    /// The next usable value begins anew, as after an outage of the sensor.
    void restart() noexcept;
    /// Another period from the next value on.
    void set_every(std::chrono::milliseconds every) noexcept;

private:
    struct Last {
        double value;
        BootTime at;
    };

    /// The values of a period that is not over yet.
    struct Sum {
        double total = 0;
        int count = 0;
        BootTime end{}; ///< of the period
        std::optional<BootTime> last{};
    };

    std::optional<std::string> implausible(double value) const;
    double median(double value);
    std::optional<double> mean(double value, BootTime at);
    bool too_soon(BootTime at) const noexcept;
    bool too_close(double value, BootTime at) const noexcept;
    BootTime heartbeat() const noexcept;

    double scale_;
    double offset_;
    std::optional<double> least_;
    std::optional<double> greatest_;
    double deadband_;
    std::optional<std::chrono::milliseconds> heartbeat_;
    std::size_t window_size_;
    bool means_;
    BootTime every_;
    Pace pace_;
    std::deque<double> window_; ///< the last usable values, for the median
    std::optional<Sum> sum_;
    std::optional<Last> last_;
    BootTime due_{}; ///< when the next reading is due at the pace of `every`
};

} // namespace holdfast::sensors
