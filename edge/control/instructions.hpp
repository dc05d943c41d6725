#pragma once

#include "config/control_settings.hpp"
#include "edge/ports/ports.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace holdfast::control {

/// Where an output or instruction is told what to do: on its topic, and on the same topic below
/// `holdfast/down/`, where the bridge puts what the cloud says.
std::vector<ports::MessageBus::Subscription>
subscribe_orders(ports::MessageBus& bus, const TopicName& topic,
                 const ports::MessageBus::Handler& handler);

/// All [instruction NAME]s at work: they set sampling periods, answer on TOPIC/ack, and remember.
///
/// - a period that was set lives on over restarts, until `every` in the configuration is changed:
///   the last who spoke is right, also where that waited while the daemon was away
class Instructions {
public:
    struct Handlers {
        /// The period of a sensor now, or nothing for one there is not.
        std::function<std::optional<std::chrono::milliseconds>(const std::string& sensor)> period;
        std::function<void(const std::string& sensor, std::chrono::milliseconds)> set_period;
        std::function<void(const std::string& topic, const std::string& payload)> answer;
    };

    Instructions(ports::Ports& ports, Handlers handlers);

    /// Replaces one of that name.
    void set(const config::InstructionSettings& settings);
    void remove(const std::string& name);

    /// The period that a sensor was last told, unless its configured one has changed since or
    /// nothing may tell it any more.
    std::optional<std::chrono::milliseconds> kept(const std::string& sensor,
                                                  std::chrono::milliseconds configured);

private:
    struct Known {
        config::InstructionSettings settings;
        std::vector<ports::MessageBus::Subscription> subscriptions;
    };
    struct Told {
        std::chrono::milliseconds period;
        std::chrono::milliseconds configured; ///< what the file said then
    };

    void take(const config::InstructionSettings& settings, const ports::BusMessage& message);
    void apply(const config::InstructionSettings& settings, std::chrono::milliseconds period);
    void keep() const;

    ports::Ports& ports_;
    Handlers handlers_;
    std::map<std::string, Known> instructions_;
    std::map<std::string, Told> told_;                            ///< by sensor
    std::map<std::string, std::chrono::milliseconds> configured_; ///< by sensor
};

} // namespace holdfast::control
