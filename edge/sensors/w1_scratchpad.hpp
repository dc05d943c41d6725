#pragma once

#include "edge/sensors/line_parser.hpp"

#include <string_view>

namespace holdfast::sensors {

/// Degrees Celsius from the kernel's file `w1_slave` of a 1-wire thermometer:
///
///     50 05 4b 46 7f ff 0c 10 1c : crc=1c YES
///     50 05 4b 46 7f ff 0c 10 1c t=85000
///
/// - refused: a check sum that the kernel found wrong; a memory of zeros alone, whose check sum is
///   right though it is what a line shorted to ground gives; and exactly 85 degrees, which is what
///   the memory holds after power came on and before anything was measured
ParsedLine parse_w1_slave(std::string_view content);

} // namespace holdfast::sensors
