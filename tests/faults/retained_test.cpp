// What the brokers have retained comes back with each new link: no more of it than they must.

#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t topics = 30;

std::size_t retained_at_cloud(const Appliance& /*appliance*/, Listener& cloud, std::size_t from) {
    const auto messages = cloud.messages();
    return static_cast<std::size_t>(
        std::count_if(messages.begin() + static_cast<std::ptrdiff_t>(from), messages.end(),
                      [](const mqtt::Delivery& delivery) {
                          return delivery.topic.find("/devices/kept/") != std::string::npos;
                      }));
}

/// The link goes and comes; returns once what was published behind it has its receipt.
void reset(Appliance& appliance, MqttClient& device, const std::string& mark) {
    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    appliance.network().pass();
    REQUIRE(appliance.wait_for_link(true));
    device.publish("devices/mark", mark, 1);
    REQUIRE(appliance.at_cloud().wait_for(says(Appliance::site + "/devices/mark", mark)));

}

} // namespace

TEST_CASE("what is retained goes up once and not with each new link") {
    Appliance appliance;
    appliance.start();
    auto device = appliance.client("thing");
    REQUIRE(device.connect() == 0);
    for (std::size_t i = 0; i < topics; ++i) {
        device.publish(fmt::format("devices/kept/{}", i), fmt::format("{}", i), 1, true);
    }
    reset(appliance, device, "first");
    for (const auto* mark : {"second", "third"}) {
        const auto before = appliance.status()["uplink"];
        const auto seen = appliance.at_cloud().count();
        reset(appliance, device, mark);
        const auto after = appliance.status()["uplink"];
        WARN(fmt::format("{} at the cloud; {} -> {}",
                         retained_at_cloud(appliance, appliance.at_cloud(), seen), before.dump(),
                         after.dump()));
    }
}
