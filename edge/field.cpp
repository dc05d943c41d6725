#include "edge/field.hpp"

#include "core/error.hpp"
#include "core/topics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::edge {

namespace {

using std::chrono::milliseconds;

template <typename Settings>
std::set<std::string> names_of(const std::vector<Settings>& sections) {
    std::set<std::string> names;
    for (const auto& section : sections) {
        names.insert(section.name);
    }
    return names;
}

void check_known(const std::set<std::string>& names, const std::set<std::string>& known,
                 std::string_view kind) {
    for (const auto& name : names) {
        if (!known.contains(name)) {
            throw Error(fmt::format("there is no [{} {}]", kind, name));
        }
    }
}

} // namespace

Field::Field(boost::asio::io_context& loop, const config::Settings& settings,
             std::filesystem::path state, Handlers handlers, const Log& log)
    : ports_(loop, log, std::move(state))
    , handlers_(std::move(handlers))
    , instructions_(ports_, instruction_handlers())
    , alarms_(ports_, alarm_handlers()) {
    for (const auto& output : settings.outputs) {
        make_output(output);
    }
    for (const auto& instruction : settings.instructions) {
        instructions_.set(instruction);
    }
    for (const auto& alarm : settings.alarms) {
        make_alarm(settings, alarm);
    }
    for (const auto& message : config::templates(settings)) {
        make_template(settings, message);
    }
    for (const auto& sensor : settings.sensors) {
        make_sensor(sensor);
    }
}

control::Instructions::Handlers Field::instruction_handlers() {
    return {.period = [this](const std::string& name) -> std::optional<milliseconds> {
                const auto sensor = sensors_.find(name);
                return sensor == sensors_.end() ? std::nullopt
                                                : std::optional(sensor->second.every());
            },
            .set_period = [this](const std::string& sensor,
                                 milliseconds period) { set_period(sensor, period); },
            .answer = [this](const std::string& topic,
                             const std::string& payload) { handlers_.say(topic, payload, false); }};
}

control::Alarms::Handlers Field::alarm_handlers() {
    return {.event =
                [this](const config::AlarmSettings& alarm, const control::Alarm::Event& event,
                       const std::string& json) {
                    handlers_.publish(alarm.topic.str(), json, true);
                    if (alarm.up) {
                        handlers_.keep({alarm.topic.str(), json, 1, false, event.at, true});
                    }
                },
            .order = [this](const config::OutputOrder& order) { carry_out(order); }};
}

void Field::make_sensor(const config::SensorSettings& settings) {
    sensors_.emplace(
        settings.name,
        sensors::Sensor(
            ports_, settings,
            {.reading = [this](const Reading& reading) { measured(reading); },
             .status = [this](const sensors::SensorStatus& status) { publish_status(status); }}));
}

void Field::make_output(const config::OutputSettings& settings) {
    outputs_[settings.name] = std::make_unique<control::Output>(
        ports_, settings,
        control::Output::Handlers{
            .answer = [this](const std::string& topic,
                             const std::string& payload) { handlers_.say(topic, payload, false); },
            .changed =
                [this](const control::Output& output) {
                    handlers_.say(output.topic() + "/state", output.state(), true);
                },
            .status =
                [this](const control::Output& output) {
                    handlers_.publish(topics::output_status(output.name()), output.status(), true);
                }});
}

void Field::make_alarm(const config::Settings& settings, const config::AlarmSettings& alarm) {
    for (const auto& orders : {alarm.on_raise, alarm.on_clear}) {
        for (const auto& order : orders) {
            try {
                outputs_.at(order.output)->check(order.order);
            } catch (const InputError&) {
                throw;
            } catch (const Error& error) {
                throw InputError(order.where, 0, fmt::format("{}: {}", order.output, error.what()));
            }
        }
    }
    alarms_.set(alarm, names_of(settings.sensors));
}

void Field::make_template(const config::Settings& settings,
                          const config::TemplateSettings& message) {
    try {
        auto text = control::MessageTemplate::parse(message.text);
        check_known(text.series(), names_of(settings.sensors), "sensor");
        check_known(text.alarms(), names_of(settings.alarms), "alarm");
        templates_.insert_or_assign(message.name, Template{message, std::move(text)});
    } catch (const Error& error) {
        throw InputError(message.text_where, 0, fmt::format("text: {}", error.what()));
    }
}

void Field::start() {
    for (auto& [name, output] : outputs_) {
        output->start();
    }
    for (auto& [name, sensor] : sensors_) {
        restore_period(name);
        sensor.start();
    }
}

void Field::stop() {
    sensors_.clear();
    for (auto& [name, output] : outputs_) {
        output->stop();
    }
    outputs_.clear();
}

void Field::measured(const Reading& reading) {
    // Alarms first: what they switch must not wait for a disk.
    alarms_.reading(reading.series, reading.value, reading.at);
    handlers_.reading(reading);
    latest_[reading.series] = reading.value;
    send_templates(reading);
}

void Field::send_templates(const Reading& reading) {
    for (const auto& [name, message] : templates_) {
        if (message.settings.after != reading.series) {
            continue;
        }
        const auto text = message.text.render(
            {.reading =
                 [this](const std::string& series) {
                     const auto latest = latest_.find(series);
                     return latest == latest_.end() ? std::nullopt : std::optional(latest->second);
                 },
             .raised = [this](const std::string& alarm) { return alarms_.is_raised(alarm); }});
        if (text) {
            handlers_.publish(message.settings.topic.str(), *text, false);
            if (message.settings.up) {
                handlers_.keep({message.settings.topic.str(), *text, 1, false, reading.at});
            }
        }
    }
}

void Field::carry_out(const config::OutputOrder& order) {
    const auto output = outputs_.find(order.output);
    try {
        if (output == outputs_.end()) {
            throw Error("there is no such output any more");
        }
        output->second->order(order.order);
    } catch (const Error& error) {
        ports_.log.error("an alarm's order cannot be carried out",
                         {{"output", order.output}, {"reason", error.what()}});
    }
}

void Field::set_period(const std::string& sensor, milliseconds period) {
    sensors_.at(sensor).set_every(period);
}

void Field::restore_period(const std::string& sensor) {
    auto& running = sensors_.at(sensor);
    if (const auto period = instructions_.kept(sensor, running.every())) {
        ports_.log.notice("sampling period as last instructed",
                          {{"sensor", sensor}, {"period_ms", period->count()}});
        running.set_every(*period);
    }
}

void Field::publish_status(const sensors::SensorStatus& status) {
    if (status.state == sensors::SensorStatus::State::starting) {
        return;
    }
    if (status.state == sensors::SensorStatus::State::offline) {
        latest_.erase(status.sensor);
    }
    std::string text(to_string(status.state));
    if (!status.reason.empty()) {
        text += ": " + status.reason;
    }
    handlers_.publish(topics::sensor_status(status.sensor), text, true);
}

void Field::publish_sensors() {
    for (const auto& [name, sensor] : sensors_) {
        publish_status(sensor.status());
    }
}

void Field::publish_outputs() {
    for (const auto& [name, output] : outputs_) {
        if (!output->status().empty()) {
            handlers_.publish(topics::output_status(name), output->status(), true);
        }
    }
    say_states();
}

void Field::say_states() {
    for (const auto& [name, output] : outputs_) {
        if (!output->state().empty()) {
            handlers_.say(output->topic() + "/state", output->state(), true);
        }
    }
}

std::vector<sensors::SensorStatus> Field::sensor_statuses() const {
    std::vector<sensors::SensorStatus> statuses;
    for (const auto& [name, sensor] : sensors_) {
        statuses.push_back(sensor.status());
    }
    return statuses;
}

} // namespace holdfast::edge
