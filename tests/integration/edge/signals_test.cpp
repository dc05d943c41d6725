// What the daemon does when it is told to reload or to end.

#include "core/atomic_file.hpp"
#include "core/topics.hpp"
#include "edge/spool/spool.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"

#include <csignal>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// One that stays here: a new way up takes a new bridge configuration too.
std::string one_more() {
    return Appliance::default_sections + R"(
[sensor rain]
driver = sim
every = 50ms
up = no
)";
}

bool refused(Appliance& appliance, const std::string& reason) {
    const auto before = appliance.on_site().count();
    appliance.daemon().signal(SIGHUP);
    return appliance.on_site().wait_for(
        [&](const mqtt::Delivery& delivery) {
            return delivery.topic == topics::alert("config") &&
                   delivery.payload.find(reason) != std::string::npos;
        },
        before, 15s);
}

bool goes_on_measuring(Appliance& appliance) {
    const auto before = appliance.on_site().count();
    return appliance.daemon().running() &&
           appliance.on_site().wait_for(
               [](const mqtt::Delivery& delivery) { return delivery.topic == "sensors/tide"; },
               before, 15s);
}

} // namespace

TEST_CASE("SIGHUP brings a good configuration into force without a new process") {
    Appliance appliance;
    appliance.start();
    const auto pid = appliance.daemon().pid();
    appliance.write_sections(one_more());
    appliance.daemon().signal(SIGHUP);
    CHECK(appliance.on_site().wait_for(
        [](const mqtt::Delivery& delivery) { return delivery.topic == "sensors/rain"; }));
    CHECK(appliance.daemon().pid() == pid);
    CHECK(appliance.settle().lost == 0);
}

TEST_CASE("SIGHUP with a bad configuration is refused with an alert and the old one goes on") {
    Appliance appliance;
    appliance.start();
    const auto config = appliance.config_file().string();

    appliance.write_sections(Appliance::default_sections + "\n[sensr x]\ndriver = sim\n");
    CHECK(refused(appliance, "did you mean [sensor]?"));
    CHECK(goes_on_measuring(appliance));

    appliance.write_sections(Appliance::default_sections + "\n[sensor x]\ndriver = sin\n");
    CHECK(refused(appliance, config + ":"));
    CHECK(goes_on_measuring(appliance));

    std::filesystem::remove(appliance.config_file());
    CHECK(refused(appliance, config));
    CHECK(goes_on_measuring(appliance));
}

TEST_CASE("SIGHUP with a spool that cannot be opened is refused and the old one goes on") {
    Appliance appliance;
    appliance.start();
    auto text = read_file(appliance.config_file());
    const auto bad = (appliance.folder() / "missing/spool.db").string();
    text.replace(text.find(appliance.spool().string()), appliance.spool().string().size(), bad);
    write_file(appliance.config_file(), text, FileMode::public_);
    CHECK(refused(appliance, bad));
    CHECK(goes_on_measuring(appliance));
    appliance.daemon().stop();
}

TEST_CASE("many SIGHUPs in a row end in the newest configuration") {
    Appliance appliance;
    appliance.start();
    for (int i = 0; i < 300; ++i) {
        appliance.daemon().signal(SIGHUP);
        std::this_thread::sleep_for(1ms); // spread over several reloads
    }
    appliance.write_sections(one_more());
    appliance.daemon().signal(SIGHUP);
    CHECK(appliance.wait_for_status([](const json& status) {
        return status.value("online", false) && status["sensors"].contains("rain");
    }));
    CHECK(appliance.daemon().running());
    CHECK(appliance.settle().lost == 0);
}

TEST_CASE("SIGTERM behind SIGHUP ends the daemon") {
    Appliance appliance;
    appliance.start();
    for (int i = 0; i < 10; ++i) {
        appliance.daemon().signal(SIGHUP);
        std::this_thread::sleep_for(std::chrono::milliseconds(i)); // hits other steps of a reload
        appliance.daemon().signal(SIGTERM);
        REQUIRE(appliance.daemon().exit_status(15s) == 0);
        appliance.start_daemon();
    }
    appliance.daemon().stop();
}

TEST_CASE("SIGTERM commits what was measured") {
    Appliance appliance({.lose_at_most = "30s"});
    appliance.start_broker();
    appliance.start_daemon();
    REQUIRE(appliance.wait_for_status([](const json& status) {
        return status.value("online", false) && status["waiting"] >= 20;
    }));
    const auto waiting = appliance.status()["waiting"].get<std::uint64_t>();
    CHECK(appliance.status()["committed"] == 0);
    appliance.daemon().stop();
    const spool::Spool spool(appliance.spool(), {.boot_id = boot_id()}, Log::silent());
    CHECK(spool.last() > 0);
    // One of seven readings stays on site and has no number.
    CHECK(spool.last() >= waiting * 6 / 7 - 3);
}
