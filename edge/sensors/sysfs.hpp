#pragma once

#include "edge/sensors/poller.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::config {
class SectionReader;
}

/// Reading what the kernel shows in files. All of it may block, and runs on a poller's thread.
namespace holdfast::sensors::sysfs {

/// The content as of now: such files are opened anew for each value. Throws Error naming the path,
/// also for a file that is far too large to hold one value.
std::string read_whole(const std::filesystem::path& path);

/// The first line, trimmed.
std::string read_word(const std::filesystem::path& path);

/// The only number in the file. Throws UnusableValue where it holds something else.
double read_number(const std::filesystem::path& path);

/// `value` times a power of ten, rounded once: 48312 and 1e-3 give 48.312 and not its neighbour.
double in_unit(double value, double factor);

/// What a device is called: by its own `name_file`, and by that of the chip that it belongs to
/// where it says another. The chip's stands last: some drivers give their device the address of its
/// chip for a name (`1-0040` of a si7020), others the name of a whole family (ads1015 of an
/// ADS1115).
std::vector<std::string> names_of(const std::filesystem::path& device, std::string_view name_file);

/// The entry of `folder` that is called `wanted`, or has that name. Throws Error where there is
/// none, naming those that there are, and where there are several.
std::filesystem::path find_device(const std::filesystem::path& folder, std::string_view name_file,
                                  const std::string& wanted);

/// The key `sysfs`: where the kernel's files are, /sys unless said otherwise (in a container).
std::filesystem::path read_root(config::SectionReader& keys);

} // namespace holdfast::sensors::sysfs
