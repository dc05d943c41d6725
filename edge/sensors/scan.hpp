#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::sensors {

/// Something that a scan found.
struct Found {
    std::string what;    ///< one line for a person
    std::string section; ///< a [sensor] section for it, or what makes the kernel offer one
};

/// Everything that the kernel shows at `sysfs` (/sys) and `devices` (/dev) and that a driver here
/// can read: serial ports, IIO devices, hardware monitors, thermal zones, 1-wire thermometers, GPIO
/// chips. I2C buses come with what binds a kernel driver to a usual chip; nothing is probed, so
/// nothing can be disturbed.
std::vector<Found> scan(const std::filesystem::path& sysfs, const std::filesystem::path& devices);

} // namespace holdfast::sensors
