#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <string>

namespace holdfast {

/// One value that a sensor gave, in the unit of its series.
struct Reading {
    std::string series; ///< the name of the [sensor NAME] section
    double value;       ///< finite
    BootTime at;        ///< when it was measured
};

/// What one value stands for that was made of several, and is their mean.
struct Spread {
    std::uint64_t count; ///< 2 or more
    double least;
    double greatest;
    BootTime span; ///< from the first of them to the last

    bool operator==(const Spread&) const noexcept = default;
};

/// A message of an MQTT device, kept byte for byte.
struct Message {
    std::string topic; ///< below `<site>/` at the cloud
    std::string payload;
    int qos;
    bool retain;
    BootTime at; ///< when it was received
};

} // namespace holdfast
