#include "edge/sensors/driver_table.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "edge/sensors/drivers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

namespace holdfast::sensors {

std::span<const DriverInfo> drivers() {
    static const std::array table{file_driver(), serial_driver(), sim_driver()};
    return table;
}

std::unique_ptr<Driver> make_driver(boost::asio::io_context& loop,
                                    const config::SensorSettings& settings, Outlet& outlet) {
    const auto table = drivers();
    const auto driver = std::find_if(table.begin(), table.end(), [&](const DriverInfo& info) {
        return info.name == settings.driver;
    });
    if (driver != table.end()) {
        return driver->make(loop, settings, outlet);
    }
    std::vector<std::string_view> names;
    for (const auto& info : table) {
        names.push_back(info.name);
    }
    const auto meant = nearest(settings.driver, names);
    throw InputError(settings.driver_where, 0,
                     fmt::format("unknown driver '{}'; {}", settings.driver,
                                 meant ? fmt::format("did you mean '{}'?", *meant)
                                       : fmt::format("there are: {}", fmt::join(names, ", "))));
}

} // namespace holdfast::sensors
