#include "edge/ports/gpio.hpp"

#include "config/section_reader.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "edge/ports/gpio_backend.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>

namespace holdfast::ports {

namespace {

namespace fs = std::filesystem;
using gpio_backend::Chip;
using gpio_backend::Direction;

struct Found {
    std::shared_ptr<Chip> chip;
    std::vector<unsigned> lines;
    std::string name; ///< for messages
};

std::vector<fs::path> all_chips() {
    std::vector<fs::path> chips;
    for (const auto& entry : fs::directory_iterator("/dev")) {
        if (entry.path().filename().string().rfind("gpiochip", 0) == 0) {
            chips.push_back(entry.path());
        }
    }
    std::sort(chips.begin(), chips.end());
    return chips;
}

std::optional<unsigned> as_number(const std::string& text) {
    unsigned number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

fs::path chip_path(const std::string& chip) {
    return chip.front() == '/' ? fs::path(chip) : fs::path("/dev") / chip;
}

unsigned find_on(Chip& chip, const fs::path& path, const std::string& line) {
    const auto number = as_number(line);
    const auto offset = number ? number : chip.line_named(line);
    if (!offset) {
        throw Error(fmt::format("{} has no line {}: see gpioinfo", path.string(), quoted(line)));
    }
    if (*offset >= chip.line_count()) {
        throw Error(fmt::format("{} has lines 0 to {}, and {} is meant", path.string(),
                                chip.line_count() - 1, line));
    }
    return *offset;
}

std::shared_ptr<Chip> open_chip(const fs::path& path) {
    try {
        return gpio_backend::open_chip(path);
    } catch (const SystemError& error) {
        if (error.code() == EACCES) {
            throw Error(fmt::format("{}: permission denied; its group, mostly gpio, is needed",
                                    path.string()));
        }
        throw;
    }
}

fs::path chip_with(const std::string& line) {
    const auto chips = all_chips();
    for (const auto& path : chips) {
        if (open_chip(path)->line_named(line)) {
            return path;
        }
    }
    if (chips.empty()) {
        throw Error("this machine has no GPIO chip (/dev/gpiochip0 and so on)");
    }
    throw Error(fmt::format("no GPIO chip has a line {}: see gpioinfo", quoted(line)));
}

Found find(const GpioAddress& address) {
    const auto path =
        address.chip.empty() ? chip_with(address.lines.front()) : chip_path(address.chip);
    Found found{open_chip(path),
                {},
                fmt::format("line {} of {}", fmt::join(address.lines, ", "), path.string())};
    for (const auto& line : address.lines) {
        found.lines.push_back(find_on(*found.chip, path, line));
    }
    return found;
}

/// The first of them that somebody holds.
[[noreturn]] void refuse_busy(const Found& found) {
    std::string holder;
    for (auto line = found.lines.begin(); holder.empty() && line != found.lines.end(); ++line) {
        holder = found.chip->holder(*line);
    }
    throw Error(fmt::format("{} is held by {}", found.name,
                            quoted(holder.empty() ? "the kernel" : holder)));
}

std::unique_ptr<GpioLine> request(const Found& found, const gpio_backend::Request& request) {
    try {
        return found.chip->request(found.lines, request);
    } catch (const SystemError& error) {
        if (error.code() == EBUSY) {
            refuse_busy(found);
        }
        throw Error(fmt::format("{}: {}", found.name, error.what()));
    }
}

BootTime now_of(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::chrono::duration_cast<BootTime>(std::chrono::seconds(now.tv_sec) +
                                                std::chrono::nanoseconds(now.tv_nsec));
}

} // namespace

BootTime gpio_backend::edge_time(std::chrono::nanoseconds stamp) noexcept {
    const auto at = std::chrono::duration_cast<BootTime>(stamp);
    const auto since_monotonic = now_of(CLOCK_MONOTONIC) - at;
    const auto since_wall = now_of(CLOCK_REALTIME) - at;
    const auto since = std::chrono::abs(since_monotonic) <= std::chrono::abs(since_wall)
                           ? since_monotonic
                           : since_wall;
    return boot_now() - std::max(since, BootTime::zero());
}

namespace {

std::vector<std::string> read_lines(config::SectionReader& keys) {
    std::vector<std::string> lines;
    const auto text = keys.required("line");
    for (const auto part : split(text, ',')) {
        const auto line = std::string(trim(part));
        if (line.empty() || std::find(lines.begin(), lines.end(), line) != lines.end()) {
            keys.refuse("line",
                        "the name of a line is expected, or several names with commas, each "
                        "of them once");
        }
        lines.push_back(line);
    }
    if (lines.size() > GpioAddress::most_lines) {
        keys.refuse("line", fmt::format("at most {} lines together", GpioAddress::most_lines));
    }
    return lines;
}

} // namespace

GpioAddress read_gpio_address(config::SectionReader& keys) {
    GpioAddress address{.chip = keys.text("chip").value_or(""), .lines = read_lines(keys)};
    if (address.chip.empty() &&
        std::any_of(address.lines.begin(), address.lines.end(), as_number)) {
        keys.refuse("line", "with a number the chip must be named too: chip = gpiochip0");
    }
    const auto bias = keys.choice("bias", {"as-is", "pull-up", "pull-down", "none"});
    if (bias == "pull-up") {
        address.bias = GpioBias::pull_up;
    } else if (bias == "pull-down") {
        address.bias = GpioBias::pull_down;
    } else if (bias == "none") {
        address.bias = GpioBias::none;
    }
    address.active_low = keys.yes_no("active_low").value_or(false);
    return address;
}

std::unique_ptr<GpioLine> open_gpio_input(const GpioAddress& address) {
    const auto found = find(address);
    try {
        if (found.lines.size() == 1) {
            return found.chip->request(found.lines, {Direction::input_with_edges, address.bias,
                                                     address.active_low, false});
        }
    } catch (const SystemError& error) {
        if (error.code() == EBUSY) {
            refuse_busy(found);
        }
    }
    // A chip without interrupts (an I2C expander whose INT is not wired) can still be asked.
    return request(found, {Direction::input, address.bias, address.active_low, false});
}

std::unique_ptr<GpioLine> open_gpio_output(const GpioAddress& address, bool level) {
    return request(find(address), {Direction::output, address.bias, address.active_low, level});
}

} // namespace holdfast::ports
