// The card loses a page while the daemon runs: it notices, saves what can be read, and goes on.

#include "support/appliance.hpp"
#include "support/catch.hpp"

#include <fstream>

using namespace holdfast;
using namespace holdfast::test;
using nlohmann::json;

TEST_CASE("a daemon whose spool is damaged while it runs salvages it and goes on") {
    Appliance appliance;
    appliance.start();
    REQUIRE(
        appliance.wait_for_status([](const json& status) { return status["committed"] > 100; }));
    // Opening the spool anew moves its log into the file.
    appliance.daemon().kill();
    appliance.start_daemon();
    REQUIRE(appliance.wait_for_status(
        [](const json& status) { return status["online"] == true && status["committed"] > 20; }));
    const auto& file = appliance.spool();
    {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        constexpr std::streamoff page = 1024;
        stream.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file)) / page / 2 *
                     page);
        stream << std::string(page, '\0');
        REQUIRE(stream.good());
    }
    REQUIRE(appliance.wait_for_status(
        [](const json& status) {
            return status["online"] == true && status["spool"].contains("salvaged") &&
                   status["committed"] > 50 && status["uplink"]["pending"] < 50;
        },
        std::chrono::seconds(90)));
    const auto salvaged = appliance.status()["spool"]["salvaged"];
    CHECK(salvaged["saved"] > 50);
    CHECK(std::filesystem::exists(salvaged["moved_to"].get<std::string>()));
    CHECK(appliance.daemon().running());
    // What may be lost is told to the cloud.
    CHECK(appliance.at_cloud().wait_for([](const mqtt::Delivery& delivery) {
        return delivery.topic == Appliance::site + "/gaps" &&
               json::parse(delivery.payload)["kind"] == "damaged";
    }));
}
