// A bad network between the bridge and the cloud: nothing is lost.

#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

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
    appliance.network().pass();
    const auto result = appliance.settle();
    CHECK(result.lost == 0);
    CHECK(result.duplicates <= 64);
}

TEST_CASE("nothing is lost when every byte is swallowed until the connection breaks") {
    Appliance appliance;
    appliance.start();
    appliance.network().black_hole();
    REQUIRE(appliance.wait_for_backlog(60));
    appliance.network().pass();
    appliance.network().reset_connections();
    CHECK(appliance.settle().lost == 0);
}

TEST_CASE("nothing is lost when a dead link is noticed by its silence only") {
    Appliance appliance;
    appliance.start();
    appliance.network().black_hole();
    // The bridge gives the connection up by itself and makes new ones, which are swallowed too.
    const auto connections = appliance.network().connections();
    REQUIRE(eventually([&] { return appliance.network().connections() > connections + 1; }, 40s));
    appliance.network().pass();
    const auto result = appliance.settle();
    CHECK(result.lost == 0);
    // Nothing but a probe goes again while nothing comes back; then a window, once more by the
    // reload.
    CHECK(result.duplicates <= 4 * 64);
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
    const auto result = appliance.settle();
    CHECK(result.lost == 0);
    CHECK(appliance.stored_messages() == std::vector<std::string>(20, "same"));
}

TEST_CASE("nothing is lost over a slow link") {
    Appliance appliance;
    appliance.start();
    appliance.network().delay(300ms);
    const auto rows = appliance.at_cloud().count();
    REQUIRE(eventually([&] { return appliance.at_cloud().count() > rows + 100; }, 30s));
    const auto result = appliance.settle();
    CHECK(result.lost == 0);
    CHECK(result.duplicates <= 64); // what was in flight when the daemon reloaded
}
