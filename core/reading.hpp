#pragma once

#include "core/clock.hpp"

#include <string>

namespace holdfast {

/// One value that a sensor gave, in the unit of its series.
struct Reading {
    std::string series; ///< the name of the [sensor NAME] section
    double value;       ///< finite
    BootTime at;        ///< when it was measured
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
