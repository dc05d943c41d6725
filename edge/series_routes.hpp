#pragma once

#include "config/settings.hpp"
#include "edge/spool/spool.hpp"

#include <map>
#include <string>
#include <vector>

namespace holdfast::edge {

/// Which series of the spool each sensor's readings belong to, and where they are published.
class SeriesRoutes {
public:
    struct Route {
        std::string sensor;
        std::string topic; ///< on the local broker
        spool::SeriesId series = 0;
        bool up = false; ///< to the cloud too
    };

    /// Those of all sensors, made where the spool does not have them yet. On the thread that uses
    /// the spool.
    static std::vector<Route> in_spool(spool::Spool& spool, const config::Settings& settings);

    /// In place of those there were. A series keeps its topic, for what is on its way to the disk.
    void set(const std::vector<Route>& routes);

    /// Of a sensor that is among them.
    const Route& of(const std::string& sensor) const { return by_sensor_.at(sensor); }
    /// Of a series that is, or ever was, among them.
    const std::string& topic(spool::SeriesId series) const { return topics_.at(series); }

private:
    std::map<std::string, Route> by_sensor_;
    std::map<spool::SeriesId, std::string> topics_;
};

} // namespace holdfast::edge
