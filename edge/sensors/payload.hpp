#pragma once

#include "edge/sensors/line_parser.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::sensors {

/// Which number of a message is meant.
struct PayloadFormat {
    std::vector<std::string> member{}; ///< of a JSON object, level by level; or else
    LineFormat line{};                 ///< the payload is a line of text
};

/// The keys `member`, `field` and `key` of a section. Throws InputError.
PayloadFormat read_payload_format(config::SectionReader& keys);

/// A longer payload is refused without being looked at.
constexpr std::size_t max_payload_bytes = 64 * 1024;

/// The number that a payload gave, or why it gave none. A JSON member may be a number, true or
/// false (1 or 0), or a text that holds one number.
ParsedLine parse_payload(std::string_view payload, const PayloadFormat& format);

} // namespace holdfast::sensors
