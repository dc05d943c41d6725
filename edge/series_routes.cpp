#include "edge/series_routes.hpp"

#include "edge/sensors/driver_table.hpp"

namespace holdfast::edge {

std::vector<SeriesRoutes::Route> SeriesRoutes::in_spool(spool::Spool& spool,
                                                        const config::Settings& settings) {
    std::vector<Route> routes;
    for (const auto& sensor : settings.sensors) {
        const auto series = spool.series({sensor.name, sensor.topic.str(), sensors::unit_of(sensor),
                                          sensor.format, sensor.priority});
        routes.push_back({sensor.name, sensor.topic.str(), series, sensor.up && settings.cloud});
    }
    return routes;
}

void SeriesRoutes::set(const std::vector<Route>& routes) {
    by_sensor_.clear();
    for (const auto& route : routes) {
        by_sensor_[route.sensor] = route;
        topics_[route.series] = route.topic;
    }
}

} // namespace holdfast::edge
