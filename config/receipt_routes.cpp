#include "config/receipt_routes.hpp"

#include "config/template_settings.hpp"
#include "core/text.hpp"
#include "core/topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace holdfast::config {

namespace {

std::string below_first_level(std::string_view topic) {
    return std::string(split(topic, '/').front()) + "/#";
}

} // namespace

std::set<std::string> receipt_routes(const Settings& settings) {
    if (settings.uplink.receipt == Receipt::marker) {
        return {std::string(topics::barrier)};
    }
    std::set<std::string> routes{std::string(topics::barrier), std::string(topics::gaps),
                                 std::string(topics::clock), "sensors/#"};
    for (const auto& sensor : settings.sensors) {
        if (sensor.up) {
            routes.insert(below_first_level(sensor.topic.str()));
        }
    }
    for (const auto& device : settings.devices) {
        routes.insert(below_first_level(device.topic.str()));
    }
    for (const auto& alarm : settings.alarms) {
        if (alarm.up) {
            routes.insert(below_first_level(alarm.topic.str()));
        }
    }
    // What becomes of orders is answered below their topics.
    for (const auto& instruction : settings.instructions) {
        routes.insert(below_first_level(instruction.topic.str()));
    }
    for (const auto& output : settings.outputs) {
        routes.insert(below_first_level(output.topic.str()));
    }
    for (const auto& message : templates(settings)) {
        if (message.up) {
            routes.insert(below_first_level(message.topic.str()));
        }
    }
    return routes;
}

std::vector<std::string> missing_routes(const Settings& settings,
                                        std::string_view bridge_configuration) {
    const auto lines = split(bridge_configuration, '\n');
    std::vector<std::string> missing;
    const auto routes = receipt_routes(settings);
    std::copy_if(
        routes.begin(), routes.end(), std::back_inserter(missing), [&](const std::string& route) {
            const auto line =
                fmt::format("topic {} in 1 {} {}/", route, topics::receipts, settings.site.name);
            return std::find(lines.begin(), lines.end(), line) == lines.end();
        });
    return missing;
}

std::filesystem::path bridge_configuration(const std::filesystem::path& folder) {
    return folder / "generated/conf.d/bridge.conf";
}

} // namespace holdfast::config
