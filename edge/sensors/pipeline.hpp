#pragma once

#include "config/settings.hpp"
#include "core/clock.hpp"

#include <chrono>
#include <cstdint>
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

/// What every value of a sensor passes: scale and offset, plausibility, thinning, deadband. Pure.
///
/// - value = raw * scale + offset; what is not finite, or outside [min, max], is rejected
/// - a device that sets the pace gets on average one reading each `every` and never more; one that
///   keeps that pace itself loses none to jitter, since a reading may come half a period early
/// - a value closer to the last reading than the deadband is quiet, except that a heartbeat gives a
///   reading at least each 10 periods; so silence always means trouble
class Pipeline {
public:
    static constexpr int heartbeat_periods = 10;

    Pipeline(const config::SensorSettings& settings, Pace pace);

    /// `at` must not go backwards.
    Outcome pass(double raw, BootTime at);

    /// The next usable value becomes a reading, as after an outage of the sensor.
    void restart() noexcept;

private:
    struct Last {
        double value;
        BootTime at;
    };

    std::optional<std::string> implausible(double value) const;
    bool too_soon(BootTime at) const noexcept;
    bool too_close(double value, BootTime at) const noexcept;

    double scale_;
    double offset_;
    std::optional<double> least_;
    std::optional<double> greatest_;
    double deadband_;
    BootTime every_;
    Pace pace_;
    std::optional<Last> last_;
    BootTime due_{}; ///< when the next reading is due at the pace of `every`
};

} // namespace holdfast::sensors
