#pragma once

#include <string>

namespace holdfast {

/// How the values of a series go upstream.
enum class Format {
    senml, ///< SenML JSON (RFC 8428), many readings a message
    scalar ///< the bare number as text, one reading a message
};

/// What all readings of one sensor have in common.
struct Series {
    std::string name;  ///< the name of the [sensor NAME] section
    std::string topic; ///< below `<site>/` at the cloud
    std::string unit;  ///< of the SenML registry (RFC 8428 §12.1), or empty
    Format format = Format::senml;
    bool priority = false; ///< goes up before all others, and is given up last

    bool operator==(const Series&) const noexcept = default;
};

} // namespace holdfast
