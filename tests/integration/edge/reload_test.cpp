// A reload ends and begins what changed, and disturbs nothing else.

#include "support/appliance.hpp"
#include "support/catch.hpp"

#include <csignal>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::uint64_t accepted(Appliance& appliance, const std::string& sensor) {
    return appliance.status()["sensors"][sensor].value("accepted", std::uint64_t{0});
}

} // namespace

TEST_CASE("a sensor whose section is as it was goes on over a reload") {
    Appliance appliance;
    appliance.start();
    REQUIRE(appliance.wait_for_status([](const json& status) {
        return status.value("online", false) && status["sensors"]["tide"]["accepted"] > 40 &&
               status["sensors"]["wind"]["accepted"] > 20;
    }));
    auto sections = Appliance::default_sections;
    // A comment moves the lines of all that stands below it.
    sections.replace(sections.find("[sensor wind]"), 13, "# faster\n[sensor wind]\nunit = m/s");
    sections += "\n[sensor rain]\ndriver = sim\nevery = 50ms\nup = no\n";
    const auto before = accepted(appliance, "tide");
    const auto from = appliance.daemon().log().size();
    appliance.write_sections(sections);
    appliance.daemon().signal(SIGHUP);
    REQUIRE(appliance.daemon().wait_for_log("changed=2", from));
    REQUIRE(appliance.wait_for_status(
        [](const json& status) { return status["sensors"].contains("rain"); }));
    CHECK(accepted(appliance, "tide") >= before);
    CHECK(accepted(appliance, "wind") < accepted(appliance, "tide") / 2);
    CHECK(appliance.daemon().log().find("reloading") == std::string::npos);

    appliance.write_sections(Appliance::device_section);
    appliance.daemon().signal(SIGHUP);
    CHECK(appliance.wait_for_status([](const json& status) {
        return status.value("online", false) && status["sensors"].empty();
    }));
    // What was retained of a sensor that is no more goes too.
    CHECK(appliance.on_site().wait_for([](const mqtt::Delivery& delivery) {
        return delivery.topic == "holdfast/sensor/tide/status" && delivery.payload.empty();
    }));
    CHECK(appliance.settle().lost == 0);
}
