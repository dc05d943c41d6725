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
    std::optional<spool::Salvage> salvaged; ///< when the spool was opened, it was damaged
    spool::Stats spool;
    std::uint64_t spool_max_bytes;
    std::string spool_when_full;
    std::optional<double> bytes_per_reading; ///< written to the disk, by the whole daemon
    std::optional<double> bytes_per_day;
    std::string epoch;
    std::uint64_t last_seq;
    bool clock_synchronised;
    std::optional<uplink::Flow::Stats> uplink; ///< nothing without a cloud
    std::vector<std::string> missing_routes;   ///< what the rendered bridge brings no receipts for
    bool waits_for_clock = false;              ///< nothing goes up until the clock is known
    std::vector<sensors::SensorStatus> sensors;
    std::set<std::string> alarms{}; ///< those that are raised
};

/// As JSON, one line, keys in a fixed order.
std::string to_json(const Status& status);

/// The last will: the daemon is gone.
std::string offline_json(const std::string& site);

} // namespace holdfast::edge
