#pragma once

#include "support/appliance.hpp"
#include "support/catch.hpp"

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace holdfast::test {

/// Of an outage: in which of them a fault comes.
enum class Phase { live, outage, draining };
inline constexpr std::array every_phase{Phase::live, Phase::outage, Phase::draining};

/// Behind the name of the fault in the table.
inline std::string name_of(Phase phase) {
    constexpr std::array names{"live", "in an outage", "while draining"};
    return names.at(static_cast<std::size_t>(phase));
}

/// With a backlog of so many rows at least, but for Phase::live. In an outage the network stays
/// cut.
inline void reach(Appliance& appliance, Phase phase, std::uint64_t backlog = 60) {
    if (phase == Phase::live) {
        return;
    }
    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    REQUIRE(appliance.wait_for_backlog(backlog));
    if (phase == Phase::draining) {
        const auto rows = appliance.at_cloud().count();
        appliance.network().pass();
        // The first of the backlog is there.
        REQUIRE(appliance.at_cloud().wait_for(
            [](const mqtt::Delivery& delivery) {
                return delivery.topic.rfind(Appliance::site + "/sensors/", 0) == 0;
            },
            rows, std::chrono::seconds(60)));
    }
}

/// Starts, and goes through an outage in which so many messages of a device wait, to its end.
inline void drain(Appliance& appliance, int count) {
    appliance.start();
    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    std::vector<std::string> backlog;
    backlog.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        backlog.push_back(std::to_string(i));
    }
    appliance.publish("devices/thing/data", backlog);
    REQUIRE(appliance.wait_for_backlog(static_cast<std::uint64_t>(count)));
    appliance.network().pass();
}

} // namespace holdfast::test
