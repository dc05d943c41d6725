// A device's message is acknowledged to the local broker only after it is on disk.

#include "core/atomic_file.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

#include <algorithm>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::vector<std::string> payloads{"one", "two", "three", "four", "five"};

/// The broker logs each packet.
void log_packets(const Appliance& appliance) {
    const auto file = appliance.folder() / "generated/mosquitto.conf";
    write_file(file, read_file(file) + "\nlog_type all\n", FileMode::public_);
}

std::ptrdiff_t packets(const Program& broker, const std::string& kind) {
    const auto log = broker.log();
    std::ptrdiff_t count = 0;
    for (auto at = log.find(kind); at != std::string::npos; at = log.find(kind, at + 1)) {
        ++count;
    }
    return count;
}

} // namespace

TEST_CASE("messages of a daemon that was killed between reading and committing come again") {
    Appliance appliance({.lose_at_most = "30s", .sections = Appliance::device_section});
    log_packets(appliance);
    appliance.start_cloud();
    appliance.start_broker();
    appliance.start_daemon();
    REQUIRE(appliance.wait_for_link(true));

    appliance.publish("devices/thing/data", payloads);
    REQUIRE(appliance.wait_for_status([](const json& status) {
        return status.value("online", false) && status["waiting"] == payloads.size();
    }));
    CHECK(packets(appliance.broker(), "Sending PUBLISH to holdfast-capture") == 5);
    CHECK(packets(appliance.broker(), "Received PUBACK from holdfast-capture") == 0);
    appliance.daemon().kill();

    appliance.write_lose_at_most("0s");
    appliance.start_daemon();
    CHECK(eventually(
        [&] { return packets(appliance.broker(), "Received PUBACK from holdfast-capture") == 5; },
        20s));
    const auto result = appliance.settle();
    CHECK(result.sent == payloads.size());
    CHECK(result.lost == 0);
    CHECK(appliance.stored_messages() == payloads);
}

TEST_CASE("messages that came while the daemon was away are stored when it is back") {
    Appliance appliance({.sections = Appliance::device_section});
    appliance.start_cloud();
    appliance.start_broker();
    appliance.start_daemon();
    REQUIRE(appliance.wait_for_link(true));
    appliance.daemon().kill();
    appliance.publish("devices/thing/data", payloads);
    appliance.start_daemon();
    REQUIRE(appliance.wait_for_status([](const json& status) {
        return status.value("online", false) && status["committed"] == payloads.size();
    }));
    CHECK(appliance.settle().lost == 0);
    CHECK(appliance.stored_messages() == payloads);
}
