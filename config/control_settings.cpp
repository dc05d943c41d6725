#include "config/control_settings.hpp"

#include "config/section_reader.hpp"
#include "config/topic_rules.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace holdfast::config {

namespace {

using std::chrono::milliseconds;

void check_known(const std::string& name, const std::set<std::string>& known,
                 std::string_view kind) {
    if (!known.contains(name)) {
        const std::vector<std::string_view> names(known.begin(), known.end());
        const auto meant = nearest(name, names);
        throw Error(fmt::format("there is no [{} {}]{}", kind, name,
                                meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
    }
}

std::vector<std::string> sensor_names(const std::string& text, const std::set<std::string>& known) {
    std::vector<std::string> names;
    for (const auto part : split(text, ',')) {
        names.emplace_back(trim(part));
        check_known(names.back(), known, "sensor");
    }
    return names;
}

/// `red on, buzzer pulse 2s`
std::vector<OutputOrder> read_orders(SectionReader& keys, std::string_view key,
                                     const std::set<std::string>& outputs) {
    const auto text = keys.text(key);
    if (!text) {
        return {};
    }
    return keys.made(key, *text, [&](const std::string& value) {
        std::vector<OutputOrder> orders;
        for (const auto part : split(value, ',')) {
            const auto words = trim(part);
            const auto blank = words.find(' ');
            if (blank == std::string_view::npos) {
                throw Error(fmt::format("{} is no order: an output and what it shall do are "
                                        "expected, as in 'buzzer on, lamp pulse 2s'",
                                        quoted(words)));
            }
            orders.push_back({std::string(words.substr(0, blank)),
                              std::string(trim(words.substr(blank))), keys.where(key)});
            check_known(orders.back().output, outputs, "output");
        }
        return orders;
    });
}

} // namespace

InstructionSettings read_instruction(const Section& section, const std::set<std::string>& sensors) {
    SectionReader keys(section);
    const auto topic = keys.text("topic").value_or("instructions/" + section.name);
    const auto names = keys.required("sensors");
    InstructionSettings settings{
        .name = section.name,
        .topic = keys.made("topic", topic, up_topic_name),
        .sensors = keys.made("sensors", names,
                             [&](const std::string& text) { return sensor_names(text, sensors); })};
    settings.least = keys.duration("least").value_or(settings.least);
    settings.greatest = keys.duration("greatest").value_or(settings.greatest);
    if (settings.least < milliseconds(10)) {
        keys.refuse("least", "the shortest is 10ms");
    }
    if (settings.least > settings.greatest) {
        keys.refuse("least", "it is longer than greatest");
    }
    keys.finish();
    return settings;
}

OutputSettings read_output(const Section& section) {
    SectionReader keys(section);
    const auto topic = keys.text("topic").value_or("outputs/" + section.name);
    OutputSettings settings{.name = section.name,
                            .driver = keys.required("driver"),
                            .driver_where = keys.where("driver"),
                            .topic = keys.made("topic", topic, up_topic_name),
                            .driver_keys = {}};
    settings.safe = keys.text("safe");
    settings.safe_where = keys.where("safe");
    settings.controller_timeout = keys.duration("controller_timeout");
    if (settings.controller_timeout && *settings.controller_timeout < milliseconds(100)) {
        keys.refuse("controller_timeout", "the shortest is 100ms");
    }
    settings.driver_keys = {section.kind, section.name, section.where, keys.untaken()};
    return settings;
}

AlarmSettings read_alarm(const Section& section, const std::set<std::string>& outputs) {
    SectionReader keys(section);
    const auto topic = keys.text("topic").value_or("alarms/" + section.name);
    AlarmSettings settings{.name = section.name,
                           .when = keys.required("when"),
                           .when_where = keys.where("when"),
                           .topic = keys.made("topic", topic, up_topic_name)};
    settings.hold = keys.duration("for").value_or(settings.hold);
    settings.hysteresis = keys.number("hysteresis").value_or(settings.hysteresis);
    if (settings.hysteresis < 0) {
        keys.refuse("hysteresis", "it is negative");
    }
    settings.on_raise = read_orders(keys, "on_raise", outputs);
    settings.on_clear = read_orders(keys, "on_clear", outputs);
    settings.up = keys.yes_no("up").value_or(settings.up);
    keys.finish();
    return settings;
}

} // namespace holdfast::config
