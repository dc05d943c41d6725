#include "config/section_reader.hpp"
#include "core/text.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/sysfs.hpp"
#include "edge/sensors/w1_scratchpad.hpp"

#include <fmt/format.h>

namespace holdfast::sensors {

namespace {

double read_thermometer(const std::filesystem::path& path) {
    const auto parsed = parse_w1_slave(sysfs::read_whole(path));
    if (!parsed.value) {
        throw UnusableValue(fmt::format("{}: {}", path.string(), parsed.fault));
    }
    return *parsed.value;
}

std::unique_ptr<Driver> make(ports::Ports& ports, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    const auto device = keys.required("device");
    if (device.find('/') != std::string::npos || device.find('-') == std::string::npos) {
        keys.refuse("device", "an address is expected as it stands in /sys/bus/w1/devices, like "
                              "28-0316a2794cff");
    }
    const auto path = sysfs::read_root(keys) / "bus/w1/devices" / device / "w1_slave";
    keys.finish();
    return std::make_unique<Poller>(
        ports.loop, asked_every(settings), [path] { return read_thermometer(path); }, outlet);
}

std::string unit(const config::SensorSettings& /*settings*/) {
    return "Cel";
}

} // namespace

DriverInfo w1_driver() {
    return {"w1", "a 1-wire thermometer: DS18B20, DS18S20, DS1822, DS28EA00, MAX31850",
            R"([sensor cellar]
driver = w1
# Its address, as `holdfast sensors scan` shows it.
device = 28-0316a2794cff
# A conversion takes up to 0.75s. Wrong check sums and the 85 degrees that a sensor says after it
# lost its power are rejected.
every = 5s
)",
            make, unit};
}

} // namespace holdfast::sensors
