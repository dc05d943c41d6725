#pragma once

#include "edge/ports/gpio.hpp"
#include "edge/ports/ports.hpp"
#include "edge/sensors/driver.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace holdfast::sensors {

/// What a sensor makes of the levels of a line.
enum class GpioMeasure {
    level, ///< 0 or 1, each `every` and at every change
    rate,  ///< pulses a second, over each `every`
    total, ///< pulses since the total was first kept
};

struct GpioLineSettings {
    std::string sensor;
    ports::GpioAddress address;
    GpioMeasure measure;
    BootTime debounce;
    std::chrono::milliseconds every;
};

/// A driver for one line, which is told of edges by the kernel where the chip can, and asked each
/// `every`. A line that cannot be used is tried again with a growing pause.
std::unique_ptr<Driver> make_gpio_line(ports::Ports& ports, GpioLineSettings settings,
                                       Outlet& outlet);

} // namespace holdfast::sensors
