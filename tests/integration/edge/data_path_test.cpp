// Sensors and devices through the whole appliance to the cloud, and what the daemon says of itself.

#include "core/atomic_file.hpp"
#include "core/topics.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"

#include <csignal>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::string at_cloud(const std::string& topic) {
    return Appliance::site + "/" + topic;
}

} // namespace

TEST_CASE("readings and a device's messages reach the cloud and every row is proved") {
    Appliance appliance;
    appliance.start();
    const std::string binary("\x00\xff{\"a\":1}\n", 10);
    appliance.publish("devices/thing/data", {"21.5", "21.5", "", binary});
    CHECK(appliance.at_cloud().wait_for(is(at_cloud("devices/thing/data"), binary)));
    CHECK(appliance.at_cloud().wait_for(on(at_cloud("sensors/wind"))));
    CHECK(appliance.on_site().wait_for(on("sensors/indoors")));

    const auto result = appliance.settle();
    CHECK(result.sent > 20);
    CHECK(result.lost == 0);
    // When the link comes up, and when settle() reloads the daemon, the scalars on their way have
    // lost the proof that their echo is their own: ten a second, times a slow machine's round trip.
    CHECK(result.duplicates <= 16);
    CHECK(appliance.stored_messages() == std::vector<std::string>{"21.5", "21.5", "", binary});
    CHECK_FALSE(appliance.at_cloud().last(at_cloud("sensors/indoors")));
}

TEST_CASE("the cloud gets SenML or the bare number as configured and the site the bare number") {
    Appliance appliance;
    appliance.start();
    REQUIRE(appliance.at_cloud().wait_for(on(at_cloud("sensors/wind"))));
    const auto pack = json::parse(appliance.at_cloud().last(at_cloud("sensors/tide")).value());
    CHECK(pack.at(0).at("bn") == at_cloud("sensors/tide"));
    CHECK(pack.at(0).at("bt").is_number());
    CHECK(pack.at(0).contains("epoch"));
    CHECK(pack.at(0).at("seq").is_number_unsigned());
    CHECK(pack.at(0).at("v").is_number());
    CHECK(json::parse(appliance.at_cloud().last(at_cloud("sensors/wind")).value()).is_number());

    REQUIRE(appliance.on_site().wait_for(on("sensors/tide")));
    CHECK(json::parse(appliance.on_site().last("sensors/tide").value()).is_number());
    appliance.daemon().stop();
}

TEST_CASE("the status is there for who comes later and the last will says that a killed daemon is "
          "offline") {
    Appliance appliance;
    appliance.start();
    REQUIRE(appliance.wait_for_status([](const json& status) {
        return status.value("committed", 0) > 0 && status["uplink"]["receipts"] > 0 &&
               status["sensors"].size() == 3;
    }));
    const auto status = appliance.status();
    CHECK(status["online"] == true);
    CHECK(status["site"] == Appliance::site);
    CHECK(status["dropped"] == 0);
    CHECK(status["spool"]["trouble"].get<std::string>().empty());
    CHECK(status["sensors"]["tide"]["readings"] > 0);
    CHECK(appliance.on_site().wait_for(on("holdfast/sensor/tide/status")));

    appliance.daemon().kill();
    CHECK(appliance.wait_for_status([](const json& now) { return now["online"] == false; }));
    CHECK(appliance.status()["site"] == Appliance::site);

    appliance.start_daemon();
    CHECK(appliance.wait_for_status([](const json& now) { return now["online"] == true; }));
    const auto before = appliance.on_site().count();
    appliance.daemon().stop();
    CHECK(appliance.on_site().wait_for(
        [](const mqtt::Delivery& delivery) {
            return delivery.topic == topics::status &&
                   json::parse(delivery.payload)["online"] == false;
        },
        before));
}

TEST_CASE("the cloud has the site's status and sees the link come and go") {
    Appliance appliance;
    appliance.start();
    REQUIRE(appliance.at_cloud().wait_for(on(at_cloud("status"))));
    CHECK(json::parse(appliance.at_cloud().last(at_cloud("status")).value())["online"] == true);
    CHECK(appliance.at_cloud().wait_for(is(at_cloud("link"), "1")));
    CHECK(appliance.on_site().wait_for(is(topics::link(Appliance::site), "1")));

    const auto before = appliance.at_cloud().count();
    appliance.network().cut();
    CHECK(appliance.at_cloud().wait_for(is(at_cloud("link"), "0"), before));
    CHECK(appliance.wait_for_link(false));
    const auto outage = appliance.at_cloud().count();
    appliance.network().pass();
    CHECK(appliance.at_cloud().wait_for(is(at_cloud("link"), "1"), outage));
    CHECK(appliance.wait_for_link(true));
    appliance.daemon().stop();
}
