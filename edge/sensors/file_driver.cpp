#include "config/section_reader.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/line_parser.hpp"
#include "edge/sensors/sysfs.hpp"

#include <fmt/format.h>

#include <string>

namespace holdfast::sensors {

namespace {

/// With a key, the first line that gives a number for it; otherwise the first line.
ParsedLine number_in(std::string_view content, const LineFormat& format) {
    auto first = ParsedLine{std::nullopt, "it is empty"};
    bool seen = false;
    for (const auto line : split(content, '\n')) {
        if (trim(line).empty()) {
            continue;
        }
        auto parsed = parse_line(line, format);
        if (parsed.value || format.key.empty()) {
            return parsed;
        }
        if (!seen) {
            first.fault = fmt::format("no line has a number after '{}'", format.key);
            seen = true;
        }
    }
    return first;
}

double read_number(const std::string& path, const LineFormat& format) {
    const auto parsed = number_in(sysfs::read_whole(path), format);
    if (!parsed.value) {
        throw UnusableValue(fmt::format("{}: {}", path, parsed.fault));
    }
    return *parsed.value;
}

std::unique_ptr<Driver> make(ports::Ports& ports, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    auto path = keys.required("path");
    if (path.front() != '/') {
        keys.refuse("path", "a full path is expected, as in /proc/loadavg");
    }
    auto format = read_line_format(keys);
    keys.finish();
    return std::make_unique<Poller>(
        ports.loop, asked_every(settings),
        [path = std::move(path), format = std::move(format)] { return read_number(path, format); },
        outlet);
}

} // namespace

DriverInfo file_driver() {
    return {"file", "a number in a text file: /proc, sysfs", R"([sensor free-memory]
driver = file
path = /proc/meminfo
# Where the file has more than one number: field = N (the Nth column of the first line), or
# key = WORD (the number after that word).
key = MemAvailable
every = 5s
unit = B
scale = 1024
)",
            make};
}

} // namespace holdfast::sensors
