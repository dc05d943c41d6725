#include "config/template_settings.hpp"

#include "config/section_reader.hpp"
#include "config/topic_rules.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::config {

namespace {

TemplateSettings read_template(const Section& section, const std::vector<SensorSettings>& sensors) {
    SectionReader keys(section);
    const auto topic = keys.required("topic");
    TemplateSettings settings{.name = section.name,
                              .topic = keys.made("topic", topic, up_topic_name),
                              .text = keys.required("text"),
                              .text_where = keys.where("text")};
    settings.after = keys.required("after");
    if (std::none_of(sensors.begin(), sensors.end(),
                     [&](const SensorSettings& sensor) { return sensor.name == settings.after; })) {
        keys.refuse("after", fmt::format("there is no [sensor {}]", settings.after));
    }
    settings.up = keys.yes_no("up").value_or(settings.up);
    keys.finish();
    return settings;
}

} // namespace

std::vector<TemplateSettings> templates(const Settings& settings) {
    std::vector<TemplateSettings> templates;
    for (const auto& section : settings.sections) {
        if (section.kind == "template") {
            templates.push_back(read_template(section, settings.sensors));
        }
    }
    return templates;
}

} // namespace holdfast::config
