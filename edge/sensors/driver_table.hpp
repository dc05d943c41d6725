#pragma once

#include "config/settings.hpp"
#include "edge/sensors/driver.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace boost::asio {
class io_context;
}

namespace holdfast::sensors {

struct DriverInfo {
    std::string_view name;    ///< as in `driver = NAME`
    std::string_view summary; ///< one line
    std::string_view example; ///< a [sensor] section that works, its keys explained in comments
    std::unique_ptr<Driver> (*make)(boost::asio::io_context&, const config::SensorSettings&,
                                    Outlet&);
};

/// Every driver there is, in alphabetical order.
std::span<const DriverInfo> drivers();

/// The driver that a [sensor] section asks for. Throws InputError for an unknown name, naming the
/// nearest, and for keys that the driver refuses.
std::unique_ptr<Driver> make_driver(boost::asio::io_context& loop,
                                    const config::SensorSettings& settings, Outlet& outlet);

} // namespace holdfast::sensors
