#pragma once

#include "config/settings.hpp"
#include "edge/ports/ports.hpp"
#include "edge/sensors/driver.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::sensors {

struct DriverInfo {
    std::string_view name;    ///< as in `driver = NAME`
    std::string_view summary; ///< one line
    std::string_view example; ///< a [sensor] section that works, its keys explained in comments
    std::unique_ptr<Driver> (*make)(ports::Ports&, const config::SensorSettings&, Outlet&);
    /// The unit of the driver's values where it knows it; null where it does not.
    std::string (*unit)(const config::SensorSettings&) = nullptr;
};

/// Every driver there is, in alphabetical order.
std::span<const DriverInfo> drivers();

/// The driver that a [sensor] section asks for. Throws InputError for an unknown name, naming the
/// nearest, and for keys that the driver refuses.
std::unique_ptr<Driver> make_driver(ports::Ports& ports, const config::SensorSettings& settings,
                                    Outlet& outlet);

/// The unit of a sensor's readings: the section's own, else the driver's where scale and offset
/// leave its values alone, else none.
std::string unit_of(const config::SensorSettings& settings);

} // namespace holdfast::sensors
