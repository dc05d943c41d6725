#pragma once

#include "edge/control/alarm.hpp"
#include "edge/ports/ports.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <string>

namespace holdfast::control {

/// All alarms at work: fed with readings, awake when time alone decides.
class Alarms {
public:
    struct Handlers {
        /// An alarm was raised or cleared; as JSON: `{"alarm":"hot","state":"raised",
        /// "time":1.7e9,"series":"room","value":31.5}`, with the reading that decided, if one did,
        /// and `"time_uncertain":true` where nobody had set the clock.
        std::function<void(const config::AlarmSettings&, const Alarm::Event&,
                           const std::string& json)>
            event;
        std::function<void(const config::OutputOrder&)> order;
    };

    Alarms(ports::Ports& ports, Handlers handlers);

    /// Replaces an alarm of that name. Throws InputError as Alarm does, and changes nothing then.
    void set(const config::AlarmSettings& settings, const std::set<std::string>& sensors);
    /// Answers the topic of its events.
    std::optional<TopicName> remove(const std::string& name);
    void reading(const std::string& series, double value, BootTime at);

    /// The names of those that are raised.
    std::set<std::string> raised() const;
    bool is_raised(const std::string& name) const;

private:
    struct Watched {
        config::AlarmSettings settings;
        Alarm alarm;
    };

    void happened(const Watched& watched, const Alarm::Event& event, const std::string& json);
    void tick();
    void sleep();
    void keep() const;

    ports::Ports& ports_;
    Handlers handlers_;
    std::map<std::string, Watched> alarms_;
    std::set<std::string> raised_before_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<void> alive_ = std::make_shared<char>(); ///< gone when this is, for handlers
};

} // namespace holdfast::control
