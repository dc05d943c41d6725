// What the brokers have retained comes with each new link: no more of it than it must.

#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/eventually.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t retained_topics = 30;

bool retained(const mqtt::Delivery& delivery) {
    return delivery.topic.find("/devices/kept/") != std::string::npos;
}

std::size_t count(const std::vector<mqtt::Delivery>& messages, std::string_view prefix) {
    return static_cast<std::size_t>(
        std::count_if(messages.begin(), messages.end(), [&](const mqtt::Delivery& delivery) {
            return retained(delivery) && delivery.topic.rfind(prefix, 0) == 0;
        }));
}

/// An outage in which the bridge tries and fails to connect; returns once the cloud has what was
/// published behind it.
void outage(Appliance& appliance, MqttClient& device, const std::string& mark) {
    const auto tries = [&] {
        const auto log = appliance.broker().log();
        std::size_t found = 0;
        for (auto at = log.find("(step 2)"); at != std::string::npos;
             at = log.find("(step 2)", at + 1)) {
            ++found;
        }
        return found;
    };
    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    const auto before = tries();
    REQUIRE(eventually([&] { return tries() >= before + 2; }, 60s));
    appliance.network().pass();
    REQUIRE(appliance.wait_for_link(true));
    device.publish("devices/mark", mark, 1);
    REQUIRE(appliance.at_cloud().wait_for(says(Appliance::site + "/devices/mark", mark)));
}

} // namespace

TEST_CASE("what is retained goes up once and not with each try to connect") {
    Appliance appliance;
    appliance.start_cloud();
    appliance.start_broker();
    // What a device had retained before it is captured stays retained all the way.
    auto device = appliance.client("thing");
    REQUIRE(device.connect() == 0);
    for (std::size_t i = 0; i < retained_topics; ++i) {
        device.publish(fmt::format("devices/kept/{}", i), std::to_string(i), 1, true);
    }
    appliance.start_daemon();
    REQUIRE(appliance.wait_for_link(true));
    outage(appliance, device, "first");
    const auto at_cloud = count(appliance.at_cloud().messages(), Appliance::site);
    CHECK(at_cloud >= retained_topics);

    for (const auto* mark : {"second", "third"}) {
        const auto strays = appliance.status()["uplink"]["stray_receipts"].get<std::size_t>();
        const auto echoes = count(appliance.on_site().messages(), "holdfast/receipt/");
        outage(appliance, device, mark);
        CHECK(count(appliance.at_cloud().messages(), Appliance::site) == at_cloud);
        // The bridge subscribes anew, so the cloud hands out what it has, once.
        REQUIRE(appliance.on_site().wait_for(says("holdfast/receipt/devices/mark", mark)));
        CHECK(count(appliance.on_site().messages(), "holdfast/receipt/") ==
              echoes + retained_topics);
        CHECK(appliance.wait_for_status([&](const nlohmann::json& status) {
            return status["uplink"]["stray_receipts"] >= strays + retained_topics;
        }));
    }
    CHECK(appliance.settle().lost == 0);
}
