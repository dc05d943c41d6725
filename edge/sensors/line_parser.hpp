#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::config {
class SectionReader;
}

namespace holdfast::sensors {

/// Which number of a line is meant; with neither set, the line must hold exactly one.
struct LineFormat {
    /// The Nth column, from 1. Columns end at commas and semicolons if the line has any, else at
    /// blanks; brackets around the line do not count.
    std::optional<std::size_t> field{};
    /// The number right after this word, as in `T=21.5`, `T: 21.5`, `T,21.5` or `{"T":21.5}`.
    std::string key{};
};

/// The keys `field` and `key` of a section. Throws InputError for a value that cannot be meant.
LineFormat read_line_format(config::SectionReader& keys);

/// The key `patience` of a section whose device sets the pace: how long it may say nothing. Throws
/// InputError where that is shorter than two periods.
std::chrono::milliseconds read_patience(config::SectionReader& keys,
                                        std::chrono::milliseconds every);

/// The number that a line gave, or why it gave none.
struct ParsedLine {
    std::optional<double> value;
    std::string fault{}; ///< one line, short, whatever the input; empty with a value
};

/// Finds the number in one line of text (without its line end).
///
/// - a number is decimal with an optional sign, fraction and exponent, a point as its decimal mark,
///   and an optional unit behind it: `21.37`, `-4e-3`, `31.8C`, `45%`
/// - a word may hold digits if it starts with a letter (`T1`); what starts like a number and is
///   none (`21.3.4`, `0x1f`, `12-05`) makes the line unusable unless field or key point elsewhere
/// - nan and inf are refused as not finite; control characters and text that is not UTF-8 as noise
ParsedLine parse_line(std::string_view line, const LineFormat& format);

} // namespace holdfast::sensors
