#include "plugin_broker.hpp"
#include "support/catch.hpp"
#include "support/tcp_proxy.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

const std::string kick = R"({"command":"kick-bridge"})";
const std::string control_topic = "$CONTROL/holdfast/v1";
const std::string policy =
    "user holdfast-edge\ntopic write up/#\ntopic write $CONTROL/holdfast/v1\n"
    "user alice\ntopic write $CONTROL/#\n"
    "user bob\n";

const Users& users() {
    static const Users made =
        users_with({{"holdfast-edge", "edge"}, {"alice", "apple"}, {"bob", "banana"}});
    return made;
}

/// A broker with a bridge to another, and a network between them.
struct BridgedSite {
    Broker cloud;
    TcpProxy network{cloud.port()};
    PluginBroker site{users(), policy,
                      fmt::format("connection cloud\naddress 127.0.0.1:{}\n"
                                  "local_clientid holdfast-bridge\nremote_clientid site\n"
                                  "cleansession false\nrestart_timeout 1 1\n"
                                  "topic # out 1 up/ site/\n",
                                  network.port())};
    MqttClient far{cloud.port()};
    MqttClient daemon{site.client("holdfast-edge", "edge", "edge")};

    BridgedSite() {
        REQUIRE(far.connect() == 0);
        REQUIRE(far.subscribe("site/#", 1) == 1);
        REQUIRE(daemon.connect() == 0);
        daemon.publish("up/first", "", 1);
        REQUIRE(far.receive()->topic == "site/first");
    }

    /// The first may come again, if its acknowledgement was on the way.
    std::string next_topic() {
        auto topic = far.receive()->topic;
        return topic == "site/first" ? next_topic() : topic;
    }
};

} // namespace

TEST_CASE("a bridge that has stalled flows again after the command of the daemon") {
    BridgedSite both;
    both.network.black_hole();
    both.daemon.publish("up/lost", "", 1);
    CHECK_FALSE(both.far.receive(1s)); // time enough to vanish
    both.network.pass();
    both.daemon.publish("up/behind", "", 1);
    CHECK_FALSE(both.far.receive(1s));
    both.daemon.publish(control_topic, kick, 1);
    CHECK(both.next_topic() == "site/lost");
    CHECK(both.next_topic() == "site/behind");
    CHECK(both.daemon.connected());
    CHECK(both.site.broker().log().find("bridge session ended on request client=edge") !=
          std::string::npos);
}

TEST_CASE("nobody else ends the session of the bridge and nobody is dropped for trying") {
    BridgedSite both;
    auto alice = both.site.client("alice", "apple");
    auto bob = both.site.client("bob", "banana", "", MqttClient::Version::v5);
    REQUIRE(alice.connect() == 0);
    REQUIRE(bob.connect() == 0);
    alice.publish(control_topic, kick, 1);
    CHECK(bob.publish(control_topic, kick, 1) == 0x87);
    both.daemon.publish(control_topic, "kick it", 1);
    both.daemon.publish("up/last", "", 1);
    CHECK(both.next_topic() == "site/last");
    CHECK(both.network.connections() == 1);
    CHECK(alice.connected());
    const auto log = both.site.broker().log();
    CHECK(log.find("reason=\"only the daemon may give commands\"") != std::string::npos);
    CHECK(log.find("reason=\"there is no such command\"") != std::string::npos);
}

TEST_CASE("the command without a bridge does no harm") {
    PluginBroker site(users(), policy);
    auto daemon = site.client("holdfast-edge", "edge");
    REQUIRE(daemon.connect() == 0);
    daemon.publish(control_topic, kick, 1);
    daemon.publish(control_topic, kick, 1);
    CHECK(daemon.connected());
    CHECK(site.broker().log().find("was_there=false") != std::string::npos);
}
