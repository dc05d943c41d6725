#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace holdfast::config {

/// `0`, or a number with a unit: `500ms`, `5s`, `1.5min`, `2h`, `30d`. Throws Error otherwise.
std::chrono::milliseconds parse_duration(std::string_view text);

/// A number of bytes with a unit: `4096B`, `64KiB`, `512MiB`, `2GiB`; powers of ten as kB, MB, GB.
/// Throws Error otherwise.
std::uint64_t parse_size(std::string_view text);

/// A finite decimal number. Throws Error otherwise.
double parse_number(std::string_view text);

/// A whole number within [least, greatest]. Throws Error otherwise.
std::int64_t parse_integer(std::string_view text, std::int64_t least, std::int64_t greatest);

/// A TCP port. Throws Error otherwise.
std::uint16_t parse_port(std::string_view text);

} // namespace holdfast::config
