// `receipt = marker`: of all that goes up only markers come back, and nothing is lost.

#include "core/topics.hpp"
#include "fault_table.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

#include <algorithm>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

void settles_without_loss(Appliance& appliance, const FaultLine& line) {
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    CHECK(result.sent > 20);
}

void outage(Appliance& appliance) {
    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    appliance.publish("devices/thing/data", {"same", "same"});
    REQUIRE(appliance.wait_for_backlog(60));
}

} // namespace

TEST_CASE("with markers an outage loses nothing and only markers come back") {
    Appliance appliance({.uplink = "receipt = marker\n"});
    appliance.start();
    outage(appliance);
    const FaultLine line("markers: link cut");
    appliance.network().pass();
    settles_without_loss(appliance, line);
    const auto seen = appliance.on_site().messages();
    const auto is_receipt = [](const mqtt::Delivery& message) {
        return message.topic.rfind(topics::receipts, 0) == 0;
    };
    CHECK(std::count_if(seen.begin(), seen.end(), is_receipt) >= 2);
    CHECK(std::all_of(seen.begin(), seen.end(), [&](const mqtt::Delivery& message) {
        return !is_receipt(message) || message.topic == std::string(topics::receipts) + "sync";
    }));
}

TEST_CASE("with markers nothing is lost when daemon and local broker are killed while draining") {
    Appliance appliance({.uplink = "receipt = marker\n"});
    appliance.start();
    outage(appliance);
    const auto before = appliance.at_cloud().count();
    appliance.network().pass();
    REQUIRE(eventually([&] { return appliance.at_cloud().count() > before + 3; }, 30s));
    appliance.daemon().kill();
    appliance.broker().kill();
    const FaultLine line("markers: kill -9 of daemon and local broker, while draining");
    appliance.start_broker();
    appliance.start_daemon();
    settles_without_loss(appliance, line);
}

TEST_CASE("with markers nothing is lost when the cloud broker is killed") {
    Appliance appliance({.uplink = "receipt = marker\n"});
    appliance.start();
    appliance.cloud().kill();
    REQUIRE(appliance.wait_for_link(false));
    REQUIRE(appliance.wait_for_backlog(20));
    const FaultLine line("markers: kill -9 of cloud broker, live");
    appliance.start_cloud();
    settles_without_loss(appliance, line);
}
