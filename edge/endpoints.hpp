#pragma once

#include "config/settings.hpp"
#include "edge/mqtt/client.hpp"

#include <filesystem>

namespace holdfast::edge {

// The daemon's connections to the local broker, one for each kind of session it needs. All throw as
// local_broker() does.

/// What is measured and what the uplink says; its last will is `holdfast/status`.
mqtt::Endpoint main_endpoint(const config::Settings& settings, const std::filesystem::path& folder);

/// Devices' messages, which are acknowledged when they are on disk. The session outlives the
/// daemon.
mqtt::Endpoint capture_endpoint(const config::Settings& settings,
                                const std::filesystem::path& folder);

/// Orders of people, programs and the cloud. The session outlives the daemon; its last will is the
/// status at the cloud.
mqtt::Endpoint orders_endpoint(const config::Settings& settings,
                               const std::filesystem::path& folder);

/// Questions for history.
mqtt::Endpoint history_endpoint(const config::Settings& settings,
                                const std::filesystem::path& folder);

} // namespace holdfast::edge
