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

/// Published now, it comes back behind everything that was on its way.
void come_back(Appliance& appliance, MqttClient& device, const std::string& mark) {
    device.publish("devices/mark", mark, 1);
    REQUIRE(appliance.on_site().wait_for(says("holdfast/receipt/devices/mark", mark)));
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
    const auto echoes = [&] { return count(appliance.on_site().messages(), "holdfast/receipt/"); };
    REQUIRE(eventually([&] { return echoes() >= retained_topics; }, 60s));
    come_back(appliance, device, "before");
    const auto at_cloud = count(appliance.at_cloud().messages(), Appliance::site);
    const auto strays = appliance.status()["uplink"]["stray_receipts"].get<std::size_t>();
    const auto before = echoes();

    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    // The bridge tries in vain, which is when it would queue them.
    REQUIRE(appliance.broker().wait_for_log("(step 2)", appliance.broker().log().size(), 60s));
    appliance.network().pass();
    REQUIRE(appliance.wait_for_link(true));
    come_back(appliance, device, "after");
    CHECK(count(appliance.at_cloud().messages(), Appliance::site) == at_cloud);
    // The bridge subscribes anew, so the cloud hands out what it has, once.
    CHECK(echoes() == before + retained_topics);
    CHECK(appliance.wait_for_status([&](const nlohmann::json& status) {
        return status["uplink"]["stray_receipts"] >= strays + retained_topics;
    }));
    CHECK(appliance.settle().lost == 0);
}
