#pragma once

#include "bridge/finding.hpp"
#include "bridge/local_end.hpp"
#include "config/settings.hpp"

#include <chrono>

namespace holdfast::bridge {

/// What a prediction needs to know of this machine.
struct Circumstances {
    LocalPaths paths; ///< as the broker's files are rendered with
    std::chrono::system_clock::time_point now;
    bool clock_synchronised = false;
};

/// What the cloud or the local broker would refuse about this bridge, found out without a
/// connection: the cloud's limits, certificate, key and CA, the clock, who may read the files, and
/// whether the rendered files are those of the settings. The settings must have a cloud.
Findings predict(const config::Settings& settings, const Circumstances& circumstances);

} // namespace holdfast::bridge
