#include "bridge/probe_topics.hpp"

#include "config/template_settings.hpp"
#include "core/text.hpp"
#include "core/topics.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace holdfast::bridge {

namespace {

std::string captured_by(const TopicFilter& filter) {
    auto levels = split(filter.str(), '/');
    for (auto& level : levels) {
        if (level == "+" || level == "#") {
            level = "holdfast-check";
        }
    }
    return fmt::format("{}", fmt::join(levels, "/"));
}

} // namespace

std::vector<std::string> probe_topics(const config::Settings& settings) {
    std::set<std::string> topics{std::string(topics::barrier), std::string(topics::gaps),
                                 std::string(topics::clock)};
    for (const auto& sensor : settings.sensors) {
        if (sensor.up) {
            topics.insert(sensor.topic.str());
        }
    }
    for (const auto& device : settings.devices) {
        topics.insert(captured_by(device.topic));
    }
    for (const auto& alarm : settings.alarms) {
        if (alarm.up) {
            topics.insert(alarm.topic.str());
        }
    }
    for (const auto& instruction : settings.instructions) {
        topics.insert(instruction.topic.str() + "/ack");
    }
    for (const auto& output : settings.outputs) {
        topics.insert(output.topic.str() + "/ack");
    }
    for (const auto& message : config::templates(settings)) {
        if (message.up) {
            topics.insert(message.topic.str());
        }
    }
    std::vector<std::string> at_cloud;
    at_cloud.reserve(topics.size());
    for (const auto& topic : topics) {
        at_cloud.push_back(settings.site.name + "/" + topic);
    }
    return at_cloud;
}

} // namespace holdfast::bridge
