#include "config/section_reader.hpp"
#include "core/error.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/gpio_line.hpp"
#include "edge/sensors/poller.hpp"

namespace holdfast::sensors {

namespace {

using std::chrono::milliseconds;

GpioMeasure read_measure(config::SectionReader& keys) {
    const auto word = keys.choice("measure", {"level", "rate", "total"}).value_or("level");
    if (word == "level") {
        return GpioMeasure::level;
    }
    return word == "rate" ? GpioMeasure::rate : GpioMeasure::total;
}

/// Several lines make one number, and are asked each `every`: a code is not put together of edges
/// that belong to different moments.
std::unique_ptr<Driver> make_word(ports::Ports& ports, const config::SensorSettings& settings,
                                  const ports::GpioAddress& address, Outlet& outlet) {
    return std::make_unique<Poller>(
        ports.loop, asked_every(settings),
        [address, lines = std::shared_ptr<ports::GpioLine>()]() mutable {
            if (!lines) {
                lines = ports::open_gpio_input(address);
            }
            try {
                return static_cast<double>(lines->levels());
            } catch (const std::exception&) {
                lines.reset(); // the chip may come back as another
                throw;
            }
        },
        outlet);
}

std::unique_ptr<Driver> make(ports::Ports& ports, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    const auto address = ports::read_gpio_address(keys);
    if (address.lines.size() > 1) {
        keys.finish();
        return make_word(ports, settings, address, outlet);
    }
    const auto measure = read_measure(keys);
    const auto debounce = keys.duration("debounce").value_or(milliseconds(10));
    if (debounce > std::chrono::seconds(10)) {
        keys.refuse("debounce", "the longest is 10s");
    }
    keys.finish();
    return make_gpio_line(ports, {settings.name, address, measure, debounce, asked_every(settings)},
                          outlet);
}

} // namespace

DriverInfo gpio_driver() {
    return {"gpio", "a GPIO line: a contact, or a meter that gives pulses",
            R"([sensor door]
driver = gpio
# A line's name as gpioinfo shows it, or its number together with chip = gpiochip0. Several lines of
# one chip (GPIO17, GPIO27, GPIO22) make one number, the first being its lowest bit; they are read at
# the same moment, each 'every', and the keys measure and debounce are not for them.
line = GPIO17
bias = pull-up
active_low = yes
# level: 0 or 1, each 'every' and at every change. rate: pulses a second. total: pulses in all, kept
# over restarts.
measure = level
# A level must last so long to count; 0 for a clean signal.
debounce = 10ms
every = 10s
)",
            make};
}

} // namespace holdfast::sensors
