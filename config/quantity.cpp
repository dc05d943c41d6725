#include "config/quantity.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace holdfast::config {

namespace {

using Unit = std::pair<std::string_view, double>;

constexpr std::array<Unit, 6> durations{{
    {"ms", 1}, {"s", 1e3}, {"min", 6e4}, {"h", 3.6e6}, {"d", 8.64e7}, {"", 0}, // only 0 needs no
                                                                               // unit
}};
constexpr std::array<Unit, 8> sizes{{
    {"B", 1},
    {"KiB", 1024},
    {"MiB", 1024.0 * 1024},
    {"GiB", 1024.0 * 1024 * 1024},
    {"kB", 1e3},
    {"MB", 1e6},
    {"GB", 1e9},
    {"", 0},
}};
// A hundred years, or an exabyte: beyond either, somebody mistyped.
constexpr double greatest_quantity = 3.2e12;
constexpr double greatest_size = 1e18;

template <std::size_t N>
std::optional<double> with_unit(std::string_view text, const std::array<Unit, N>& units,
                                double greatest) {
    double number = 0;
    const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || !(number >= 0) || !std::isfinite(number)) {
        return std::nullopt;
    }
    const auto unit_text = trim(text.substr(static_cast<std::size_t>(rest - text.data())));
    for (const auto& [unit, factor] : units) {
        if (unit == unit_text && (!unit.empty() || number == 0) && number * factor <= greatest) {
            return number * factor;
        }
    }
    return std::nullopt;
}

} // namespace

std::chrono::milliseconds parse_duration(std::string_view text) {
    if (const auto value = with_unit(text, durations, greatest_quantity)) {
        return std::chrono::milliseconds(std::llround(*value));
    }
    throw Error(fmt::format("{} is no duration: write a number with ms, s, min, h or d, as in 5s",
                            quoted(text)));
}

std::uint64_t parse_size(std::string_view text) {
    if (const auto value = with_unit(text, sizes, greatest_size)) {
        return static_cast<std::uint64_t>(std::llround(*value));
    }
    throw Error(fmt::format("{} is no size: write a number with B, KiB, MiB or GiB, as in 512MiB",
                            quoted(text)));
}

double parse_number(std::string_view text) {
    double number = 0;
    const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || rest != text.data() + text.size() || !std::isfinite(number)) {
        throw Error(fmt::format("{} is no number", quoted(text)));
    }
    return number;
}

std::int64_t parse_integer(std::string_view text, std::int64_t least, std::int64_t greatest) {
    std::int64_t number = 0;
    const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || rest != text.data() + text.size() || number < least ||
        number > greatest) {
        throw Error(
            fmt::format("{} is no whole number from {} to {}", quoted(text), least, greatest));
    }
    return number;
}

std::uint16_t parse_port(std::string_view text) {
    return static_cast<std::uint16_t>(parse_integer(text, 1, 65'535));
}

} // namespace holdfast::config
