// The bridge says that it is connected, and nothing comes back, or not all of it: it is noticed,
// told and mended, and nothing is lost.

#include "fault_table.hpp"
#include "phase.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/eventually.hpp"

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

/// The appliance's: after so long without an echo the session is ended.
constexpr auto receipt_timeout = 2s;
/// The rest is for a machine that has other things to do.
constexpr auto noticed = receipt_timeout + 18s;
/// With this keepalive of the bridge nobody else would notice in that time.
const std::string unhelpful = "60s";

const auto is_broken = says("holdfast/alert/uplink", "made to connect anew");

/// From the fault on: an alert here, a new session of the bridge, an alert at the cloud as soon as
/// that is reached.
void is_noticed(Appliance& appliance, std::size_t from, std::uint64_t connections) {
    REQUIRE(appliance.on_site().wait_for(is_broken, from, noticed));
    REQUIRE(eventually([&] { return appliance.network().connections() > connections; }, 40s));
    CHECK(appliance.wait_for_status(
        [](const nlohmann::json& status) { return status["uplink"].value("stalls", 0) > 0; }));
}

void recovers(Appliance& appliance, const FaultLine& line) {
    REQUIRE(
        appliance.at_cloud().wait_for(says(Appliance::site + "/alerts", "connect anew"), 0, 60s));
    REQUIRE(appliance.wait_for_link(true));
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    CHECK(result.sequences <= 3);
}

} // namespace

TEST_CASE("a link that swallows every byte only for a while is brought back by a new session") {
    Appliance appliance({.keepalive = unhelpful});
    appliance.start();
    const auto connections = appliance.network().connections();
    const auto from = appliance.on_site().count();
    appliance.network().black_hole();
    REQUIRE(eventually([&] { return appliance.network().bytes_swallowed() > 0; }, 40s));
    appliance.network().pass(); // but the connection that lost bytes stays in its hole
    is_noticed(appliance, from, connections);
    recovers(appliance, FaultLine("bytes swallowed for a while"));
}

TEST_CASE("a link that is late by more than a receipt may be is noticed and catches up") {
    Appliance appliance({.keepalive = unhelpful});
    appliance.start();
    const auto connections = appliance.network().connections();
    const auto from = appliance.on_site().count();
    // Between the last echo of before, which is late one way, and the first that is late both.
    appliance.network().delay(2 * receipt_timeout);
    is_noticed(appliance, from, connections);
    const FaultLine line("8 s late for a while");
    appliance.network().delay(0ms);
    recovers(appliance, line);
}

TEST_CASE("a listener that accepts and never speaks MQTT is waited out") {
    Appliance appliance;
    appliance.start();
    appliance.network().black_hole();
    appliance.network().reset_connections();
    const auto connections = appliance.network().connections();
    REQUIRE(eventually([&] { return appliance.network().connections() > connections; }, 40s));
    // No stall: the bridge knows by itself, and ending its session would be no help.
    REQUIRE(appliance.wait_for_link(false));
    appliance.publish("devices/thing/data", {"while nobody answers"});
    REQUIRE(appliance.wait_for_backlog(60));
    CHECK(appliance.status()["uplink"]["stalls"] == 0);
    const FaultLine line("TCP answers, MQTT does not");
    appliance.network().pass();
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    CHECK(result.sequences <= 2);
}

// No promise of an order: what is lost again and again comes behind what overtook it.
TEST_CASE("a cloud that throws away what comes too fast without a word is noticed and gets all") {
    Appliance appliance({.uplink = "max_publishes_per_second = 100\nmax_batch = 512B\n",
                         .cloud_limits = IotCoreLimits{.publishes_per_second = 40}});
    drain(appliance, 200);
    REQUIRE(eventually([&] { return appliance.iot_core().discarded() > 0; }, 60s));
    const FaultLine line("a cloud that discards over 40/s without PUBACK");
    CHECK(appliance.wait_for_status(
        [](const nlohmann::json& status) { return status["uplink"].value("resent", 0) > 0; }));
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
}

TEST_CASE("a cloud that answers pings and takes no more publishes is noticed and gets all") {
    Appliance appliance({.cloud_limits = IotCoreLimits{}});
    appliance.start();
    const auto connections = appliance.network().connections();
    const auto from = appliance.on_site().count();
    appliance.iot_core().wedge_connections();
    is_noticed(appliance, from, connections);
    recovers(appliance, FaultLine("publishes swallowed, pings answered"));
    CHECK(appliance.iot_core().discarded() > 0);
}
