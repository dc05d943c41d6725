#include "edge/sensors/driver_table.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "edge/sensors/drivers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace holdfast::sensors {

namespace {

const DriverInfo* find(std::string_view name) {
    const auto table = drivers();
    const auto driver = std::find_if(table.begin(), table.end(),
                                     [&](const DriverInfo& info) { return info.name == name; });
    return driver == table.end() ? nullptr : &*driver;
}

} // namespace

std::span<const DriverInfo> drivers() {
    static const std::array table{exec_driver(),    file_driver(), gpio_driver(),   hwmon_driver(),
                                  iio_driver(),     mqtt_driver(), serial_driver(), sim_driver(),
                                  thermal_driver(), w1_driver()};
    return table;
}

std::unique_ptr<Driver> make_driver(ports::Ports& ports, const config::SensorSettings& settings,
                                    Outlet& outlet) {
    if (const auto* const driver = find(settings.driver)) {
        return driver->make(ports, settings, outlet);
    }
    std::vector<std::string_view> names;
    for (const auto& info : drivers()) {
        names.push_back(info.name);
    }
    const auto meant = nearest(settings.driver, names);
    throw InputError(settings.driver_where, 0,
                     fmt::format("unknown driver '{}'; {}", settings.driver,
                                 meant ? fmt::format("did you mean '{}'?", *meant)
                                       : fmt::format("there are: {}", fmt::join(names, ", "))));
}

std::string unit_of(const config::SensorSettings& settings) {
    if (!settings.unit.empty() || settings.scale != 1 || settings.offset != 0) {
        return settings.unit;
    }
    const auto* const driver = find(settings.driver);
    return driver == nullptr || driver->unit == nullptr ? "" : driver->unit(settings);
}

} // namespace holdfast::sensors
