// A bad network between the bridge and the cloud: nothing is lost.

#include "core/atomic_file.hpp"
#include "fault_table.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/eventually.hpp"
#include "support/replaced.hpp"

#include <random>
#include <thread>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

TEST_CASE("nothing is lost when the link is cut") {
    Appliance appliance;
    appliance.start();
    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    const auto measured = appliance.on_site().count();
    REQUIRE(appliance.wait_for_backlog(60));
    CHECK(appliance.on_site().count() > measured + 30);
    appliance.publish("devices/thing/data", {"in the outage"});
    const FaultLine line("link cut");
    appliance.network().pass();
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    CHECK(result.duplicates <= 64);
}

TEST_CASE("nothing is lost when every byte is swallowed until the connection breaks") {
    Appliance appliance;
    appliance.start();
    appliance.network().black_hole();
    REQUIRE(appliance.wait_for_backlog(60));
    const FaultLine line("black hole, then the connection breaks");
    appliance.network().pass();
    appliance.network().reset_connections();
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
}

TEST_CASE("nothing is lost when a dead link is noticed by its silence only") {
    Appliance appliance;
    appliance.start();
    appliance.network().black_hole();
    // The bridge gives the connection up, and makes new ones, which are swallowed too.
    REQUIRE(appliance.wait_for_link(false));
    REQUIRE(
        appliance.broker().wait_for_log("Connecting bridge", appliance.broker().log().size(), 40s));
    const FaultLine line("black hole, noticed by its silence");
    appliance.network().pass();
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    // Nothing but a probe goes again while nothing comes back; then a window, once more by the
    // reload.
    CHECK(result.duplicates <= 4 * 64);
}

TEST_CASE("the bridge hears of the network's return though its own packets have become rare") {
    Appliance appliance;
    // As long as it is with most people: the bridge begins no new try meanwhile.
    const auto bridge = appliance.folder() / "generated/conf.d/bridge.conf";
    write_file(bridge, replaced(read_file(bridge), "keepalive_interval 5", "keepalive_interval 60"),
               FileMode::public_);
    appliance.start();
    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    appliance.network().vanish();
    const auto from = appliance.broker().log().size();
    REQUIRE(appliance.broker().wait_for_log("(step 2)", from));
    // The kernel sends its SYN again after 15 or 19 s and then after 31 or 35.
    std::this_thread::sleep_for(22s);
    REQUIRE_FALSE(appliance.status()["uplink"]["link"]);
    const FaultLine line("every packet vanishes");
    const auto seen = appliance.at_cloud().count();
    appliance.network().pass();
    CHECK(appliance.at_cloud().wait_for(on(Appliance::site + "/sensors/tide"), seen, 30s));
    const bool told = appliance.wait_for_status(
        [](const nlohmann::json& status) { return status["uplink"]["hints"] >= 1; });
    INFO(appliance.status().dump() << appliance.daemon().log() << appliance.broker().log());
    CHECK(told);
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
}

TEST_CASE("nothing is lost when the link breaks again and again") {
    std::mt19937 engine(Catch::rngSeed());
    std::uniform_int_distribution<int> pause(50, 1500);
    Appliance appliance;
    appliance.start();
    for (int i = 0; i < 10; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(pause(engine)));
        appliance.network().reset_connections();
        appliance.publish("devices/thing/data", {"same", "same"});
    }
    const FaultLine line("connection broken ten times");
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    CHECK(appliance.stored_messages() == std::vector<std::string>(20, "same"));
}

TEST_CASE("nothing is lost when one connection in five breaks young") {
    Appliance appliance;
    appliance.start();
    appliance.network().break_some(20, Catch::rngSeed());
    for (int i = 0; i < 12; ++i) {
        const auto connections = appliance.network().connections();
        appliance.network().reset_connections();
        REQUIRE(eventually([&] { return appliance.network().connections() > connections; }, 40s));
        appliance.publish("devices/thing/data", {"same", "same"});
    }
    const FaultLine line("20 % of connections reset, twelve connections");
    appliance.network().break_some(0, 0);
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    CHECK(appliance.stored_messages() == std::vector<std::string>(24, "same"));
}

TEST_CASE("nothing is lost over a line of 64 kbit per second") {
    Appliance appliance({.uplink = "max_batch = 4KiB\n"});
    appliance.start();
    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    REQUIRE(appliance.wait_for_backlog(200));
    const FaultLine line("64 kbit/s");
    appliance.network().throttle(8000);
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
}

TEST_CASE("nothing is lost over a slow link") {
    const auto latency = GENERATE(100ms, 700ms);
    Appliance appliance;
    appliance.start();
    appliance.network().delay(latency);
    const auto rows = appliance.at_cloud().count();
    REQUIRE(eventually([&] { return appliance.at_cloud().count() > rows + 100; }, 60s));
    const FaultLine line(fmt::format("{} ms each way", latency.count()));
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    CHECK(result.duplicates <= 64); // what was in flight when the daemon reloaded
}
