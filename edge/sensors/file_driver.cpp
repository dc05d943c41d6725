#include "config/section_reader.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/unique_fd.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/line_parser.hpp"
#include "edge/sensors/poller.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace holdfast::sensors {

namespace {

/// More than any file of /proc or sysfs that holds values; a larger one is the wrong file.
constexpr std::size_t max_file_bytes = 64 * 1024;

/// The content as of now: such files are opened anew for each value.
std::string read_whole(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        throw_errno(path);
    }
    std::string content(max_file_bytes + 1, '\0');
    std::size_t length = 0;
    while (length < content.size()) {
        const auto got = ::read(file.get(), content.data() + length, content.size() - length);
        if (got == 0) {
            content.resize(length);
            return content;
        }
        if (got < 0 && errno != EINTR) {
            throw_errno(path);
        }
        length += got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    throw Error(fmt::format("{}: it is larger than {} bytes: not a file with one value", path,
                            max_file_bytes));
}

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
    const auto parsed = number_in(read_whole(path), format);
    if (!parsed.value) {
        throw UnusableValue(fmt::format("{}: {}", path, parsed.fault));
    }
    return *parsed.value;
}

std::unique_ptr<Driver> make(boost::asio::io_context& loop, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    auto path = keys.required("path");
    if (path.front() != '/') {
        keys.refuse("path", "a full path is expected, as in /proc/loadavg");
    }
    auto format = read_line_format(keys);
    keys.finish();
    return std::make_unique<Poller>(
        loop, settings.every,
        [path = std::move(path), format = std::move(format)] { return read_number(path, format); },
        outlet);
}

} // namespace

DriverInfo file_driver() {
    return {"file", "a number in a text file: /proc, sysfs, 1-wire", R"([sensor cpu-temperature]
driver = file
path = /sys/class/thermal/thermal_zone0/temp
# Where the file has more than one number: field = N (the Nth column of the first line), or
# key = WORD (the number after that word, as MemAvailable in /proc/meminfo).
every = 5s
unit = Cel
scale = 0.001
)",
            make};
}

} // namespace holdfast::sensors
