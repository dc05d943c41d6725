#include "config/input_settings.hpp"

#include "config/cloud_settings.hpp"
#include "config/payload_limits.hpp"
#include "config/section_reader.hpp"
#include "config/topic_rules.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::config {

namespace {

/// What the cloud would end the connection for is refused here, where it has a line.
void check_topic(const Section& section, const SensorSettings& sensor, const std::string& site,
                 const CloudProfile& profile) {
    const auto topic = site + "/" + sensor.topic.str();
    const auto slashes = static_cast<std::size_t>(std::count(topic.begin(), topic.end(), '/'));
    if (sensor.up && (topic.size() > profile.topic_bytes || slashes > profile.topic_slashes)) {
        throw InputError(section.where, 0,
                         fmt::format("at the cloud its topic is '{}', and {} takes at most {} "
                                     "bytes and {} slashes: choose another 'topic'",
                                     topic, profile.kind, profile.topic_bytes,
                                     profile.topic_slashes));
    }
}

void smoothing(SectionReader& keys, SensorSettings& settings) {
    settings.heartbeat = keys.duration("heartbeat");
    if (settings.heartbeat && *settings.heartbeat < settings.every) {
        keys.refuse("heartbeat", "it is shorter than every");
    }
    settings.median = static_cast<int>(keys.integer("median", 1, 99).value_or(1));
    if (settings.median % 2 == 0) {
        keys.refuse("median", "an odd number is expected: the value in the middle of 3, 5, …");
    }
    settings.mean = keys.yes_no("mean").value_or(false);
    settings.sample_every = keys.duration("sample_every");
    if (settings.sample_every && !settings.mean) {
        keys.refuse("sample_every", "it takes mean = yes: a reading each 'every' is the mean "
                                    "of the samples");
    }
    if (settings.sample_every && (*settings.sample_every < std::chrono::milliseconds(10) ||
                                  *settings.sample_every > settings.every)) {
        keys.refuse("sample_every", "it must lie between 10ms and every");
    }
}

} // namespace

SensorSettings read_sensor(const Section& section, Format default_format, const std::string& site,
                           const CloudProfile& profile) {
    SectionReader keys(section);
    const auto topic = keys.text("topic").value_or("sensors/" + section.name);
    SensorSettings settings{.name = section.name,
                            .driver = keys.required("driver"),
                            .driver_where = keys.where("driver"),
                            .topic = keys.made("topic", topic, up_topic_name),
                            .driver_keys = {}};
    settings.every = keys.duration("every").value_or(settings.every);
    if (settings.every < std::chrono::milliseconds(10)) {
        keys.refuse("every", "the shortest is 10ms");
    }
    settings.unit = keys.text("unit").value_or("");
    if (const auto fault = unit_fault(settings.unit)) {
        keys.refuse("unit", *fault);
    }
    settings.scale = keys.number("scale").value_or(settings.scale);
    settings.offset = keys.number("offset").value_or(settings.offset);
    settings.least = keys.number("min");
    settings.greatest = keys.number("max");
    if (settings.least && settings.greatest && *settings.least > *settings.greatest) {
        keys.refuse("min", "it is greater than max");
    }
    settings.deadband = keys.number("deadband").value_or(settings.deadband);
    if (settings.deadband < 0) {
        keys.refuse("deadband", "it is negative");
    }
    smoothing(keys, settings);
    settings.format = read_format(keys).value_or(default_format);
    if (settings.format == Format::senml) {
        if (const auto fault = senml_name_fault(settings.topic.str())) {
            keys.refuse("topic", *fault);
        }
    }
    settings.up = keys.yes_no("up").value_or(settings.up);
    settings.priority = keys.yes_no("priority").value_or(settings.priority);
    settings.driver_keys = {section.kind, section.name, section.where, keys.untaken()};
    check_topic(section, settings, site, profile);
    return settings;
}

DeviceSettings read_device(const Section& section) {
    SectionReader keys(section);
    const auto topic = keys.required("topic");
    DeviceSettings settings{.name = section.name,
                            .topic = keys.made("topic", topic, capture_filter),
                            .where = section.where};
    settings.qos = static_cast<int>(keys.integer("qos", 0, 1).value_or(1));
    settings.priority = keys.yes_no("priority").value_or(settings.priority);
    settings.max_payload_bytes = keys.size("max_payload").value_or(settings.max_payload_bytes);
    if (settings.max_payload_bytes == 0 || settings.max_payload_bytes > largest_payload_bytes) {
        keys.refuse("max_payload", "it must lie between 1B and 16MiB");
    }
    keys.finish();
    return settings;
}

} // namespace holdfast::config
