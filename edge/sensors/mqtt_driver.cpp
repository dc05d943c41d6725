#include "config/section_reader.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/payload.hpp"

namespace holdfast::sensors {

namespace {

using std::chrono::milliseconds;

class Mqtt : public Driver {
public:
    Mqtt(ports::MessageBus& bus, TopicFilter filter, PayloadFormat format, milliseconds patience,
         Outlet& outlet)
        : bus_(bus)
        , filter_(std::move(filter))
        , format_(std::move(format))
        , patience_(patience)
        , outlet_(outlet) {}

    void start() override {
        subscription_ =
            bus_.subscribe(filter_, [this](const ports::BusMessage& message) { take(message); });
    }
    Pace pace() const noexcept override { return Pace::device; }
    milliseconds patience() const noexcept override { return patience_; }
    void set_every(milliseconds every) override {
        patience_ = std::max(patience_, two_periods(every));
    }

private:
    void take(const ports::BusMessage& message) {
        if (message.retain) {
            return; // what lay at the broker was measured who knows when
        }
        const auto parsed = parse_payload(message.payload, format_);
        if (parsed.value) {
            outlet_.value(*parsed.value, boot_now());
        } else {
            outlet_.rejected(message.topic + ": " + parsed.fault);
        }
    }

    ports::MessageBus& bus_;
    TopicFilter filter_;
    PayloadFormat format_;
    milliseconds patience_;
    Outlet& outlet_;
    ports::MessageBus::Subscription subscription_;
};

/// Not our own words: a sensor must not feed on what the daemon publishes.
TopicFilter read_filter(config::SectionReader& keys, const config::SensorSettings& settings) {
    auto filter = keys.made("listen", keys.required("listen"),
                            [](const std::string& text) { return TopicFilter(text); });
    const auto first = split(filter.str(), '/').front();
    if (first == "#" || first == "+" || first == "holdfast") {
        keys.refuse("listen", "the first level must be named, and not be 'holdfast'");
    }
    if (filter.matches(settings.topic)) {
        keys.refuse("listen", "it matches the topic that this sensor itself publishes to");
    }
    return filter;
}

std::unique_ptr<Driver> make(ports::Ports& ports, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    auto filter = read_filter(keys, settings);
    auto format = read_payload_format(keys);
    const auto patience = read_patience(keys, settings.every);
    keys.finish();
    return std::make_unique<Mqtt>(ports.bus, std::move(filter), std::move(format), patience,
                                  outlet);
}

} // namespace

DriverInfo mqtt_driver() {
    return {"mqtt", "a number in the messages of an MQTT device, for history and alarms",
            R"([sensor kitchen-co2]
driver = mqtt
# A topic, or a filter with + and #.
listen = devices/kitchen/data
# The member of a JSON object, with dots between levels. Without it the payload is read as a line
# of text: the only number in it, or field = N, or key = WORD.
member = air.CO2
# A device that says nothing for 'patience' is offline: two periods, and no less than 10s.
patience = 1min
every = 1s
# The message itself goes up where a [device] captures it; then the series need not.
up = no
)",
            make};
}

} // namespace holdfast::sensors
