#pragma once

#include "config/settings.hpp"
#include "core/log.hpp"
#include "core/reading.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace holdfast::ports {
struct Ports;
}

namespace holdfast::sensors {

/// How one sensor does. `state` and `reason` are what a status handler is told of; the counters go
/// on between its calls and are read with Sensor::status().
struct SensorStatus {
    enum class State {
        starting, ///< no value yet, and not yet late
        online,   ///< usable values come
        offline   ///< they do not, for `reason`
    };

    std::string sensor; ///< the name of the [sensor NAME] section
    State state = State::starting;
    std::string reason{};         ///< why it is offline, for a person; otherwise empty
    std::uint64_t accepted = 0;   ///< usable values, whether or not each became a reading
    std::uint64_t readings = 0;   ///< values that were passed on
    std::uint64_t rejected = 0;   ///< values and lines that could not be used
    std::string last_rejection{}; ///< why the last of them was rejected
};

std::string_view to_string(SensorStatus::State state) noexcept;

/// One [sensor NAME] at work: its driver, and the pipeline that each of its values passes.
///
/// - everything happens on the thread that runs the io_context, handlers included; a driver whose
///   reads may block has a thread of its own, so that it delays neither the loop nor other sensors
/// - a fault of the device is a status, never an exception: the sensor retries for as long as it
///   lives
/// - without usable values it is offline after two periods (at least 500 ms), or at once when the
///   driver knows the reason; drivers whose device sets the pace name their own limit
/// - after the destructor, which never waits for a hanging device, no handler is called; the
///   ports must outlive the sensor, and a handler must not destroy its own sensor
class Sensor {
public:
    struct Handlers {
        std::function<void(const Reading&)> reading;
        /// Called when state or reason changes; the first call says online or offline.
        std::function<void(const SensorStatus&)> status;
    };

    /// Checks the settings, and touches no device yet. Throws InputError `path:line: reason` for an
    /// unknown driver, an unknown key of its driver, or a value it cannot take.
    Sensor(ports::Ports& ports, const config::SensorSettings& settings, Handlers handlers);
    Sensor(Sensor&&) noexcept;
    Sensor& operator=(Sensor&&) noexcept;
    ~Sensor();

    /// Begins to read. Once.
    void start();

    const SensorStatus& status() const noexcept;

    std::chrono::milliseconds every() const noexcept;
    /// Another sampling period, from now on: the next reading comes one new period after the last,
    /// or at once if that has passed.
    void set_every(std::chrono::milliseconds every);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace holdfast::sensors
