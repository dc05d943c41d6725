// A sensor's line gives a finite number or a short reason, whatever it holds.
#include "core/text.hpp"
#include "edge/sensors/line_parser.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using holdfast::sensors::LineFormat;
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    for (const auto& format : {LineFormat{}, LineFormat{.field = 2}, LineFormat{.key = "T"}}) {
        const auto parsed = holdfast::sensors::parse_line(line, format);
        const bool good = parsed.value ? std::isfinite(*parsed.value) && parsed.fault.empty()
                                       : !parsed.fault.empty() && holdfast::is_utf8(parsed.fault) &&
                                             parsed.fault.find('\n') == std::string::npos;
        if (!good) {
            std::abort();
        }
    }
    return 0;
}
