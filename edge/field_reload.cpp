// Going over to other settings while all that they leave alone goes on.
#include "core/topics.hpp"
#include "edge/field.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::edge {

namespace {

/// The name in a title like `sensor room`, if it is of that kind.
std::optional<std::string> name_in(const std::string& title, const std::string& kind) {
    return title.rfind(kind + " ", 0) == 0 ? std::optional(title.substr(kind.size() + 1))
                                           : std::nullopt;
}

} // namespace

void Field::apply(const config::Settings& settings, const std::set<std::string>& changed) {
    // First what ends, so that what begins finds ports and lines free.
    for (const auto& title : changed) {
        end(title);
    }
    const auto is_new = [&](const char* kind, const std::string& name) {
        return changed.contains(fmt::format("{} {}", kind, name));
    };
    for (const auto& output : settings.outputs) {
        if (is_new("output", output.name)) {
            make_output(output);
            outputs_.at(output.name)->start();
        }
    }
    for (const auto& instruction : settings.instructions) {
        if (is_new("instruction", instruction.name)) {
            instructions_.set(instruction);
        }
    }
    for (const auto& alarm : settings.alarms) {
        if (is_new("alarm", alarm.name)) {
            make_alarm(settings, alarm);
        }
    }
    for (const auto& message : config::templates(settings)) {
        if (is_new("template", message.name)) {
            make_template(settings, message);
        }
    }
    for (const auto& sensor : settings.sensors) {
        if (is_new("sensor", sensor.name)) {
            make_sensor(sensor);
            restore_period(sensor.name);
            sensors_.at(sensor.name).start();
        }
    }
    end_alarms(settings, changed);
}

/// What the broker retains of it goes too; what begins anew will say so.
void Field::end(const std::string& title) {
    if (const auto sensor = name_in(title, "sensor")) {
        sensors_.erase(*sensor);
        latest_.erase(*sensor);
        handlers_.publish(topics::sensor_status(*sensor), "", true);
    } else if (const auto instruction = name_in(title, "instruction")) {
        instructions_.remove(*instruction);
    } else if (const auto message = name_in(title, "template")) {
        templates_.erase(*message);
    } else if (const auto output = name_in(title, "output")) {
        if (const auto gone = outputs_.extract(*output)) {
            gone.mapped()->stop();
            handlers_.say(gone.mapped()->topic() + "/state", "", true);
            handlers_.publish(topics::output_status(*output), "", true);
        }
    }
}

/// Those that are no more. One that only changed stays raised if it was.
void Field::end_alarms(const config::Settings& settings, const std::set<std::string>& changed) {
    for (const auto& title : changed) {
        const auto name = name_in(title, "alarm");
        const bool goes =
            name && std::none_of(settings.alarms.begin(), settings.alarms.end(),
                                 [&](const auto& alarm) { return alarm.name == name; });
        if (goes) {
            if (const auto topic = alarms_.remove(*name)) {
                handlers_.publish(topic->str(), "", true);
            }
        }
    }
}

} // namespace holdfast::edge
