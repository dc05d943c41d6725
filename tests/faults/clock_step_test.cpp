// The wall clock of a machine steps, at every phase of an outage: nothing is lost, nothing comes
// out of order, and each reading bears the time of one of the two clocks. The link does not notice
// a year or a day.

#include "core/clock.hpp"
#include "edge/uplink/unpack.hpp"
#include "fault_table.hpp"
#include "phase.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/wall_clock.hpp"

#include <algorithm>
#include <vector>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds day = 24h;
constexpr std::chrono::seconds year = 365 * day;
constexpr std::chrono::seconds a_while = 1000s; ///< more than a test takes, less than any step

/// Daemon and local broker have the clock, the cloud has the right one.
struct Site {
    WallClock clock;
    Appliance appliance{
        {.daemon_environment = clock.environment(), .broker_environment = clock.environment()}};

    /// Measures this much more, and has it proved where there is a link.
    void goes_on(Phase phase) const {
        const auto status = appliance.status()["uplink"];
        const auto before = status["pending"].get<std::uint64_t>();
        const auto receipts = status["receipts"].get<std::uint64_t>();
        REQUIRE(appliance.wait_for_status([&](const nlohmann::json& now) {
            return now.value("online", false) &&
                   (phase == Phase::outage ? now["uplink"]["pending"] > before + 20
                                           : now["uplink"]["receipts"] > receipts + 20);
        }));
    }
};

std::chrono::seconds since_1970() {
    return std::chrono::duration_cast<std::chrono::seconds>(wall_now());
}

/// Each reading that the cloud got is of now, by a clock that is off by one of these, or says that
/// nobody had set it.
void check_times(Appliance& appliance, const std::vector<std::chrono::seconds>& clocks) {
    std::size_t readings = 0;
    for (const auto& message : appliance.at_cloud().messages()) {
        const auto pack = uplink::unpack(message.payload);
        if (!pack) {
            continue;
        }
        for (const auto& reading : *pack) {
            ++readings;
            INFO(message.payload);
            CHECK((reading.guess || std::any_of(clocks.begin(), clocks.end(), [&](const auto off) {
                       return std::chrono::abs(reading.at - off - wall_now()) < a_while;
                   })));
        }
    }
    CHECK(readings > 20);
}

void survives(const std::string& name, std::chrono::seconds off) {
    for (const auto phase : every_phase) {
        Site site;
        auto& appliance = site.appliance;
        appliance.start();
        reach(appliance, phase);
        const auto connections = appliance.network().connections();
        site.clock.set(off);
        const FaultLine line(name + ", " + name_of(phase));
        site.goes_on(phase);
        CHECK(appliance.network().connections() == connections);
        appliance.network().pass();
        const auto result = appliance.settle();
        line.write(result);
        CHECK(result.lost == 0);
        CHECK(result.sequences <= 2);
        check_times(appliance, {0s, off});
    }
}

} // namespace

TEST_CASE("nothing is lost when the clock steps a year forwards") {
    survives("clock a year forwards", year);
}

TEST_CASE("nothing is lost when the clock steps back a day") {
    survives("clock back a day", -day);
}

TEST_CASE("nothing is lost when the clock falls to 1970 and is set again") {
    for (const auto phase : every_phase) {
        Site site;
        auto& appliance = site.appliance;
        appliance.start();
        reach(appliance, phase);
        // Mosquitto 2.0.21 ends its clients for it, and the bridge connects anew; 2.0.11 does not.
        site.clock.set(-since_1970(), false);
        site.goes_on(phase);
        site.clock.set(0s);
        const FaultLine line("clock to 1970 and back, " + name_of(phase));
        site.goes_on(phase);
        appliance.network().pass();
        const auto result = appliance.settle();
        line.write(result);
        CHECK(result.lost == 0);
        CHECK(result.sequences <= 2);
        // What was known before is not given up for a clock that nobody has set.
        check_times(appliance, {0s});
    }
}

TEST_CASE(
    "nothing is lost when a machine starts in 1970 and its clock is set with the link's return") {
    Site site;
    auto& appliance = site.appliance;
    site.clock.set(-since_1970(), false);
    appliance.network().cut();
    appliance.start_cloud();
    appliance.start_broker();
    appliance.start_daemon();
    REQUIRE(appliance.wait_for_backlog(60));
    site.clock.set(0s);
    const FaultLine line("clock from 1970 to now, in an outage");
    appliance.network().pass();
    // The truth about what went up with the time of 1970 before the daemon looked at its clock.
    REQUIRE(appliance.at_cloud().wait_for(on(Appliance::site + "/clock"), 0, 60s));
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.sent > 60);
    CHECK(result.lost == 0);
    CHECK(result.sequences <= 2);
    check_times(appliance, {0s});
}
