#pragma once

#include "config/settings.hpp"
#include "edge/ports/ports.hpp"
#include "edge/sensors/sensor.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace holdfast::test {

/// One sensor on a loop, and all that it said.
struct Watched {
    /// On ports of its own.
    Watched(boost::asio::io_context& loop, const std::string& section)
        : Watched(std::make_shared<ports::Ports>(loop, Log::silent(), "/nonexistent"), section) {}

    Watched(std::shared_ptr<ports::Ports> shared, const std::string& section)
        : ports(std::move(shared))
        , sensor(*ports,
                 config::parse_settings("[site]\nname = farm\n[sensor room]\n" + section,
                                        "/etc/holdfast.conf")
                     .sensors.at(0),
                 {[this](const Reading& reading) { readings.push_back(reading); },
                  [this](const sensors::SensorStatus& status) { statuses.push_back(status); }}) {
        sensor.start();
    }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    bool online() const { return sensor.status().state == sensors::SensorStatus::State::online; }
    bool offline() const { return sensor.status().state == sensors::SensorStatus::State::offline; }

    std::shared_ptr<ports::Ports> ports;
    std::vector<Reading> readings;
    std::vector<sensors::SensorStatus> statuses;
    sensors::Sensor sensor;
};

/// Runs the loop until `done`; answers whether that came within 20 s.
template <typename Done>
bool run_until(boost::asio::io_context& loop, Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    loop.restart();
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        loop.run_one_for(std::chrono::milliseconds(50));
    }
    return true;
}

} // namespace holdfast::test
