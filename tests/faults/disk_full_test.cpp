// The spool's disk is full or fails while the daemon runs: it says so, keeps what it has, and goes
// on when it can be written again.

#include "failing_card.hpp"
#include "fault_table.hpp"
#include "small_disk.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"

#include <cstring>
#include <fstream>
#include <set>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

void fill(const SmallDisk& disk) {
    std::ofstream ballast(disk / "ballast");
    const std::string block(4096, 'b');
    while (ballast.write(block.data(), 4096).flush()) {
    }
}

} // namespace

TEST_CASE("a full disk stops neither the daemon nor a device's message and nothing is lost") {
    const SmallDisk disk;
    if (!disk.mounted()) {
        SKIP_TEST("this user may not mount a small tmpfs: " << std::strerror(errno));
    }
    Appliance appliance({.spool = disk / "spool.db"});
    appliance.start();
    fill(disk);
    REQUIRE(appliance.wait_for_status([](const json& status) {
        return status["online"] == true && !status["spool"]["trouble"].get<std::string>().empty();
    }));
    CHECK_THAT(appliance.status()["spool"]["trouble"].get<std::string>(),
               ContainsSubstring(appliance.spool().string()));
    CHECK(appliance.daemon().wait_for_log("the spool does not take readings"));
    const auto committed = appliance.status()["committed"];

    appliance.publish("devices/thing/data", {"one", "two", "three"});
    REQUIRE(appliance.wait_for_status([&](const json& status) { return status["waiting"] > 100; }));
    CHECK(appliance.status()["committed"] == committed);
    CHECK(appliance.daemon().running());

    std::filesystem::remove(disk / "ballast");
    REQUIRE(appliance.wait_for_status([](const json& status) {
        return status["online"] == true && status["spool"]["trouble"].get<std::string>().empty() &&
               status["waiting"] < 50;
    }));
    CHECK(appliance.status()["dropped"] == 0);
    CHECK(appliance.status()["committed"] > committed);
    const auto result = appliance.settle();
    CHECK(result.lost == 0);
    CHECK(appliance.stored_messages() == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("nothing is lost when the disk fills in an outage") {
    const SmallDisk disk;
    if (!disk.mounted()) {
        SKIP_TEST("this user may not mount a small tmpfs: " << std::strerror(errno));
    }
    Appliance appliance({.spool = disk / "spool.db"});
    appliance.start();
    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    REQUIRE(appliance.wait_for_backlog(20));
    fill(disk);
    REQUIRE(appliance.wait_for_status([](const json& status) {
        return status["online"] == true && !status["spool"]["trouble"].get<std::string>().empty();
    }));
    appliance.network().pass();
    REQUIRE(appliance.wait_for_link(true));
    const FaultLine line("disk full in an outage");
    std::filesystem::remove(disk / "ballast");
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    CHECK(result.sent > 20);
}

TEST_CASE("a daemon killed on a full disk finds its devices' messages again") {
    const SmallDisk disk;
    if (!disk.mounted()) {
        SKIP_TEST("this user may not mount a small tmpfs: " << std::strerror(errno));
    }
    Appliance appliance({.spool = disk / "spool.db"});
    appliance.start();
    fill(disk);
    REQUIRE(appliance.wait_for_status([](const json& status) {
        return status["online"] == true && !status["spool"]["trouble"].get<std::string>().empty();
    }));
    appliance.publish("devices/thing/data", {"one", "two", "three"});
    appliance.daemon().kill();
    std::filesystem::remove(disk / "ballast");
    appliance.start_daemon();
    CHECK(appliance.settle().lost == 0);
    // At least once: what was stored in the last gap of the disk had not been acknowledged.
    const auto stored = appliance.stored_messages();
    CHECK(std::set<std::string>(stored.begin(), stored.end()) ==
          std::set<std::string>{"one", "two", "three"});
}

TEST_CASE("a card that the kernel makes read-only costs nothing that was committed") {
    const FailingCard card;
    if (!card.trouble().empty()) {
        SKIP_TEST(card.trouble());
    }
    Appliance appliance({.spool = card / "spool.db"});
    appliance.start();
    appliance.publish("devices/thing/data", {"before"});
    REQUIRE(appliance.wait_for_status([](const json& status) { return status["committed"] > 50; }));
    card.fail();
    REQUIRE_FALSE(card.takes_writes());
    REQUIRE(appliance.wait_for_status([](const json& status) {
        return status["online"] == true && !status["spool"]["trouble"].get<std::string>().empty();
    }));
    appliance.publish("devices/thing/data", {"meanwhile"}); // without an acknowledgement
    REQUIRE(appliance.wait_for_status([](const json& status) { return status["waiting"] > 100; }));
    CHECK(appliance.daemon().running());

    appliance.daemon().kill();
    card.replace();
    appliance.start_daemon();
    CHECK(appliance.settle().lost == 0);
    const auto stored = appliance.stored_messages();
    CHECK(std::set<std::string>(stored.begin(), stored.end()) ==
          std::set<std::string>{"before", "meanwhile"});
}
