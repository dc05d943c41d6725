#include "config/section_reader.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/sysfs.hpp"

namespace holdfast::sensors {

namespace {

constexpr double degrees_per_millidegree = 1e-3;

std::unique_ptr<Driver> make(ports::Ports& ports, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    const auto zone = keys.text("zone").value_or("thermal_zone0");
    const auto folder = sysfs::read_root(keys) / "class/thermal";
    keys.finish();
    return std::make_unique<Poller>(
        ports.loop, asked_every(settings),
        [=] {
            const auto path = sysfs::find_device(folder, "type", zone) / "temp";
            return sysfs::in_unit(sysfs::read_number(path), degrees_per_millidegree);
        },
        outlet);
}

std::string unit(const config::SensorSettings& /*settings*/) {
    return "Cel";
}

} // namespace

DriverInfo thermal_driver() {
    return {"thermal", "a thermal zone of the kernel: how warm the processor is",
            R"([sensor cpu-temperature]
driver = thermal
# What its file `type` says (cpu-thermal, x86_pkg_temp, …) or thermal_zone0, the default.
zone = cpu-thermal
every = 10s
)",
            make, unit};
}

} // namespace holdfast::sensors
