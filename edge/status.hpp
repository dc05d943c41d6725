#pragma once

#include "edge/sensors/sensor.hpp"
#include "edge/spool/spool.hpp"
#include "edge/uplink/flow.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace holdfast::edge {

/// What `holdfast/status` tells, gathered from all parts.
struct Status {
    std::string site;
    std::uint64_t committed; ///< readings and messages stored since the daemon started
    std::size_t waiting;     ///< in memory, not yet on disk
    std::uint64_t dropped;
    std::string spool_trouble;
    spool::Stats spool;
    std::string epoch;
    std::uint64_t last_seq;
    bool clock_synchronised;
    std::optional<uplink::Flow::Stats> uplink; ///< nothing without a cloud
    std::vector<sensors::SensorStatus> sensors;
    std::set<std::string> alarms{}; ///< those that are raised
};

/// As JSON, one line, keys in a fixed order.
std::string to_json(const Status& status);

/// The last will: the daemon is gone.
std::string offline_json(const std::string& site);

} // namespace holdfast::edge
