// A cloud with the limits of AWS IoT Core: it throws away what comes too fast, without a PUBACK,
// and ends the connection for what is too large or too deep.

#include "fault_table.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// An outage in which so many messages wait, and its end.
void drain(Appliance& appliance, int count) {
    appliance.start();
    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    std::vector<std::string> backlog;
    backlog.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        backlog.push_back(std::to_string(i));
    }
    appliance.publish("devices/thing/data", backlog);
    REQUIRE(appliance.wait_for_backlog(static_cast<std::uint64_t>(count)));
    appliance.network().pass();
}

} // namespace

TEST_CASE("nothing is lost at a cloud that throws away what comes too fast") {
    Appliance appliance({.uplink = "max_publishes_per_second = 2000\n",
                         .cloud_limits = MqttLimits{.publishes_per_second = 40}});
    drain(appliance, 200);
    const FaultLine line("a cloud that discards over 40/s without PUBACK");
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    CHECK(appliance.network().discarded() > 0);
}

TEST_CASE("within the pace of AWS IoT Core nothing is thrown away and nothing goes twice") {
    Appliance appliance({.uplink = "max_publishes_per_second = 80\nmax_batch = 15KiB\n",
                         .cloud_limits = MqttLimits{}});
    drain(appliance, 200);
    const auto result = appliance.settle();
    CHECK(result.lost == 0);
    CHECK(appliance.network().discarded() == 0);
}
