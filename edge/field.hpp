#pragma once

#include "config/settings.hpp"
#include "config/template_settings.hpp"
#include "core/log.hpp"
#include "core/reading.hpp"
#include "edge/control/alarms.hpp"
#include "edge/control/instructions.hpp"
#include "edge/control/message_template.hpp"
#include "edge/control/output.hpp"
#include "edge/ports/ports.hpp"
#include "edge/sensors/sensor.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace holdfast::edge {

/// Everything that measures and acts on site: sensors, instructions, outputs, alarms. It needs no
/// cloud, and no broker to raise an alarm and to switch an output.
class Field {
public:
    struct Handlers {
        std::function<void(const Reading&)> reading;
        /// For the local broker alone.
        std::function<void(const std::string& topic, const std::string& payload, bool retain)>
            publish;
        /// For the local broker and the cloud.
        std::function<void(const std::string& topic, const std::string& payload, bool retain)> say;
        /// For the cloud, to be kept until it has it.
        std::function<void(Message)> keep;
    };

    /// Makes what the settings ask for, and touches no device yet. Throws InputError for what they
    /// get wrong. `state` is a folder for what outlives a restart.
    Field(boost::asio::io_context& loop, const config::Settings& settings,
          std::filesystem::path state, Handlers handlers, const Log& log);
    Field(const Field&) = delete;
    Field& operator=(const Field&) = delete;

    void start();
    /// Leaves all outputs safe; nothing is read any more.
    void stop();
    /// Goes over to other settings, which a Field could be made of. Only what belongs to one of the
    /// `changed` sections ends or begins; everything else goes on undisturbed.
    void apply(const config::Settings& settings, const std::set<std::string>& changed);

    /// Where messages of the local broker are wanted, and to be delivered.
    ports::MessageBus& bus() noexcept { return ports_.bus; }
    ports::Ports& ports() noexcept { return ports_; }

    /// Publishes what is retained of sensors, for a broker that may know nothing of it.
    void publish_sensors();
    /// The same of outputs, once they can be given orders.
    void publish_outputs();
    /// The same of what the cloud is to know.
    void say_states();
    std::vector<sensors::SensorStatus> sensor_statuses() const;
    std::set<std::string> raised_alarms() const { return alarms_.raised(); }

private:
    void end(const std::string& title);
    void end_alarms(const config::Settings& settings, const std::set<std::string>& changed);
    void make_sensor(const config::SensorSettings& settings);
    void make_output(const config::OutputSettings& settings);
    void make_template(const config::Settings& settings, const config::TemplateSettings& message);
    void send_templates(const Reading& reading);
    void make_alarm(const config::Settings& settings, const config::AlarmSettings& alarm);
    void measured(const Reading& reading);
    void carry_out(const config::OutputOrder& order);
    void set_period(const std::string& sensor, std::chrono::milliseconds period);
    void restore_period(const std::string& sensor);
    void publish_status(const sensors::SensorStatus& status);
    control::Instructions::Handlers instruction_handlers();
    control::Alarms::Handlers alarm_handlers();

    struct Template {
        config::TemplateSettings settings;
        control::MessageTemplate text;
    };

    ports::Ports ports_;
    Handlers handlers_;
    std::map<std::string, Template> templates_;
    std::map<std::string, double> latest_; ///< readings of the sensors that are online
    control::Instructions instructions_;
    control::Alarms alarms_;
    std::map<std::string, std::unique_ptr<control::Output>> outputs_;
    std::map<std::string, sensors::Sensor> sensors_;
};

} // namespace holdfast::edge
