#include "config/section_reader.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/sysfs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace holdfast::sensors {

namespace {

/// From the kernel's units (Documentation/hwmon/sysfs-interface) to those of SenML.
struct Quantity {
    std::string_view type;
    double factor;
    std::string_view unit;
};

constexpr std::array quantities{
    Quantity{"curr", 1e-3, "A"},  Quantity{"energy", 1e-6, "J"},     Quantity{"fan", 1, "1/min"},
    Quantity{"freq", 1, "Hz"},    Quantity{"humidity", 1e-3, "%RH"}, Quantity{"in", 1e-3, "V"},
    Quantity{"power", 1e-6, "W"}, Quantity{"temp", 1e-3, "Cel"},
};

const Quantity* quantity_of(std::string_view channel) {
    const auto type = channel.substr(0, channel.find_first_of("0123456789"));
    const auto* const found =
        std::find_if(quantities.begin(), quantities.end(),
                     [&](const Quantity& quantity) { return quantity.type == type; });
    return found == quantities.end() || type.size() == channel.size() ? nullptr : found;
}

std::unique_ptr<Driver> make(ports::Ports& ports, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    const auto device = keys.required("device");
    const auto channel = keys.required("channel");
    const auto folder = sysfs::read_root(keys) / "class/hwmon";
    const auto* const quantity = quantity_of(channel);
    if (quantity == nullptr || channel.find('/') != std::string::npos) {
        keys.refuse("channel", "one like temp1, in0, fan1, curr1, power1 or humidity1 is expected");
    }
    keys.finish();
    return std::make_unique<Poller>(
        ports.loop, asked_every(settings),
        [=] {
            const auto path = sysfs::find_device(folder, "name", device) / (channel + "_input");
            return sysfs::in_unit(sysfs::read_number(path), quantity->factor);
        },
        outlet);
}

std::string unit(const config::SensorSettings& settings) {
    config::SectionReader keys(settings.driver_keys);
    const auto* const quantity = quantity_of(keys.text("channel").value_or(""));
    return quantity == nullptr ? "" : std::string(quantity->unit);
}

} // namespace

DriverInfo hwmon_driver() {
    return {"hwmon", "a channel of the kernel's hardware monitoring: temperatures, voltages, fans",
            R"([sensor board-voltage]
driver = hwmon
# The device's name (rpi_volt, ina219, sht3x, …) or hwmon0.
device = ina219
# temp1, in1, fan1, curr1, power1, humidity1, …; in SenML's units, which are filled in.
channel = in1
every = 10s
)",
            make, unit};
}

} // namespace holdfast::sensors
