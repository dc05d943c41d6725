// What the cloud knows of a machine, a daemon and a link that come and go.

#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"

#include <csignal>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string link_topic = Appliance::site + "/link";
const std::string status_topic = Appliance::site + "/status";

/// Keeps the site's brokers as a machine without power does: no FIN, no more pings.
void freeze_and_thaw(Appliance& appliance) {
    auto& cloud = appliance.at_cloud();
    REQUIRE(cloud.wait_for(is(link_topic, "1")));
    const auto from = cloud.count();
    appliance.daemon().signal(SIGSTOP);
    appliance.broker().signal(SIGSTOP);
    CHECK(cloud.wait_for(is(link_topic, "0"), from, 120s));
    appliance.broker().signal(SIGCONT);
    appliance.daemon().signal(SIGCONT);
    CHECK(cloud.wait_for(is(link_topic, "1"), from, 120s));
    CHECK(appliance.settle().lost == 0);
}

auto online(bool wanted) {
    return [wanted](const mqtt::Delivery& delivery) {
        return delivery.topic == status_topic &&
               json::parse(delivery.payload).value("online", !wanted) == wanted;
    };
}

} // namespace

TEST_CASE("the cloud learns of a machine that falls silent from the last will of its bridge") {
    Appliance appliance;
    appliance.start();
    freeze_and_thaw(appliance);
}

// Hidden: for ./test long, which names the tag. The least keepalive of AWS IoT Core is 30 s.
TEST_CASE("AWS IoT Core learns of a machine that falls silent from the last will of its bridge",
          "[long][.]") {
    Appliance appliance({.cloud_limits = IotCoreLimits{}});
    appliance.start();
    freeze_and_thaw(appliance);
}

TEST_CASE("the cloud learns of a daemon that died or stopped while the link stands") {
    Appliance appliance;
    appliance.start();
    auto& cloud = appliance.at_cloud();
    REQUIRE(cloud.wait_for(online(true)));
    auto from = cloud.count();
    appliance.daemon().kill();
    CHECK(cloud.wait_for(online(false), from));
    from = cloud.count();
    appliance.start_daemon();
    CHECK(cloud.wait_for(online(true), from));
    from = cloud.count();
    appliance.daemon().stop();
    CHECK(cloud.wait_for(online(false), from));
    CHECK(cloud.last(link_topic) == "1");
}
