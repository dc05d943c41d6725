// MQTT devices over reconnects, reloads and with payloads that are too large.

#include "core/topics.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/eventually.hpp"

#include <csignal>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

std::string at_cloud(const std::string& payload_topic) {
    return Appliance::site + "/" + payload_topic;
}

const std::string one_sensor = "[sensor tide]\ndriver = sim\nevery = 50ms\n";

} // namespace

TEST_CASE("a device that is removed is unsubscribed in the session that the broker keeps") {
    Appliance appliance;
    appliance.start();
    appliance.publish("devices/thing/data", {"before"});
    REQUIRE(appliance.at_cloud().wait_for(is(at_cloud("devices/thing/data"), "before")));

    // Noticed at a reload.
    auto from = appliance.daemon().log().size();
    appliance.write_sections(one_sensor);
    appliance.daemon().signal(SIGHUP);
    REQUIRE(appliance.daemon().wait_for_log("device captured no more", from));
    appliance.publish("devices/thing/data", {"while removed"});

    // Noticed at a restart.
    from = appliance.daemon().log().size();
    appliance.write_sections(Appliance::default_sections);
    appliance.daemon().signal(SIGHUP);
    REQUIRE(appliance.daemon().wait_for_log("running", from));
    appliance.publish("devices/thing/data", {"again"});
    REQUIRE(appliance.at_cloud().wait_for(is(at_cloud("devices/thing/data"), "again")));
    appliance.daemon().stop();
    appliance.write_sections(one_sensor);
    from = appliance.daemon().log().size();
    appliance.start_daemon();
    REQUIRE(appliance.daemon().wait_for_log("device captured no more", from));
    appliance.daemon().stop();
    CHECK(appliance.stored_messages() == std::vector<std::string>{"before", "again"});
}

TEST_CASE("a payload that Mosquitto 2.1 does not take by itself goes all the way") {
    Appliance appliance(
        {.sections = one_sensor + "[device things]\ntopic = devices/#\nmax_payload = 4MiB\n"});
    appliance.start();
    const std::string picture(3'000'000, 'x');
    appliance.publish("devices/thing/data", {picture});
    CHECK(appliance.at_cloud().wait_for(is(at_cloud("devices/thing/data"), picture)));
    appliance.daemon().stop();
}

TEST_CASE("a payload that is too large is refused aloud and the next is captured") {
    Appliance appliance(
        {.sections = one_sensor + "[device things]\ntopic = devices/#\nmax_payload = 100B\n"});
    appliance.start();
    appliance.publish("devices/thing/data", {std::string(101, 'x'), std::string(100, 'y')});
    CHECK(appliance.on_site().wait_for([](const mqtt::Delivery& delivery) {
        return delivery.topic == topics::alert("device") &&
               delivery.payload.find("101 bytes on 'devices/thing/data'") != std::string::npos;
    }));
    CHECK(appliance.at_cloud().wait_for(is(at_cloud("devices/thing/data"), std::string(100, 'y'))));
    appliance.daemon().stop();
    CHECK(appliance.stored_messages() == std::vector<std::string>{std::string(100, 'y')});
}

TEST_CASE("a number in a device's messages becomes a series of its own") {
    Appliance appliance({.sections = one_sensor + R"([sensor kitchen-co2]
driver = mqtt
listen = devices/kitchen/data
member = air.CO2
every = 10ms
[device things]
topic = devices/#
)"});
    appliance.start();
    REQUIRE(appliance.on_site().wait_for_connection());
    appliance.publish("devices/kitchen/data", {R"({"air":{"CO2":612}})"});
    CHECK(appliance.on_site().wait_for(is("sensors/kitchen-co2", "612")));
    CHECK(appliance.on_site().wait_for(is("holdfast/sensor/kitchen-co2/status", "online")));
    CHECK(appliance.at_cloud().wait_for(
        is(at_cloud("devices/kitchen/data"), R"({"air":{"CO2":612}})")));
    CHECK(appliance.settle().lost == 0);
}

TEST_CASE("what a device had retained is captured once and what it repeats is captured again") {
    Appliance appliance({.sections = one_sensor + Appliance::device_section});
    appliance.start_cloud();
    appliance.start_broker();
    auto device = appliance.client("thing");
    REQUIRE(device.connect() == 0);
    REQUIRE(device.publish("devices/thing/data", "retained", 1, true) == 0);
    appliance.start_daemon();
    REQUIRE(appliance.at_cloud().wait_for(is(at_cloud("devices/thing/data"), "retained")));
    // The filter is known to the broker's session now.
    appliance.daemon().stop();
    appliance.start_daemon();
    // As after a connection that broke before the acknowledgement.
    for (int i = 0; i < 2; ++i) {
        REQUIRE(device.publish("devices/thing/data", "repeated", 1) == 0);
    }
    CHECK(eventually([&] { return appliance.published_at_cloud() >= 3; }, 30s));
    CHECK(appliance.settle().lost == 0);
    CHECK(appliance.stored_messages() ==
          std::vector<std::string>{"retained", "repeated", "repeated"});
}
