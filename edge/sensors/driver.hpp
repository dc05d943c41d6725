#pragma once

#include "core/clock.hpp"
#include "edge/sensors/pipeline.hpp"

#include <chrono>
#include <string_view>

namespace holdfast::sensors {

/// Where a driver's results go. Called on the thread that runs the io_context, never from within
/// the driver's constructor or destructor.
class Outlet {
public:
    virtual ~Outlet() = default;

    /// The device gave a number, at that time.
    virtual void value(double raw, BootTime at) = 0;
    /// The device gave something that is no number; `reason` is one line.
    virtual void rejected(std::string_view reason) = 0;
    /// The device cannot be read; the driver goes on trying.
    virtual void offline(std::string_view reason) = 0;
};

/// Reads one device until it is destroyed.
///
/// - the constructor takes the driver's keys and refuses what is wrong with InputError; it touches
///   no device
/// - after start(), faults of the device go to the outlet and are retried; nothing is thrown
/// - the destructor does not wait for the device, and no result comes after it
class Driver {
public:
    virtual ~Driver() = default;

    virtual void start() = 0;
    virtual Pace pace() const noexcept = 0;
    /// How long may pass without a usable value before the sensor counts as offline.
    virtual std::chrono::milliseconds patience() const noexcept = 0;
    /// Asks each `every` from now on; of meaning where the pace is ours.
    virtual void set_every(std::chrono::milliseconds every) = 0;
};

/// For drivers that ask each `every`: two periods, but no less than a loaded machine may need.
constexpr std::chrono::milliseconds two_periods(std::chrono::milliseconds every) noexcept {
    constexpr std::chrono::milliseconds least{500};
    return every * 2 > least ? every * 2 : least;
}

/// How often a driver asks its device at first.
inline std::chrono::milliseconds asked_every(const config::SensorSettings& settings) {
    return settings.sample_every.value_or(settings.every);
}

/// For devices that set the pace: two periods, and no less than most need to speak at all.
constexpr std::chrono::milliseconds usual_patience(std::chrono::milliseconds every) noexcept {
    constexpr std::chrono::milliseconds least{10'000};
    return every * 2 > least ? every * 2 : least;
}

} // namespace holdfast::sensors
