#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "edge/mqtt/client.hpp"
#include "integration/mqtt/probe.hpp"
#include "support/broker.hpp"
#include "support/catch.hpp"
#include "support/dynamic_security.hpp"
#include "support/mqtt_client.hpp"
#include "support/tcp_proxy.hpp"

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using mqtt::Acknowledge;
using mqtt::Endpoint;

TEST_CASE("a client receives what it publishes and learns that the broker has it") {
    Broker broker;
    Probe probe({.port = broker.port()});
    CHECK_FALSE(probe.client.publish("a", "not connected", 1, false));
    probe.client.subscribe("a", 1);
    probe.client.start();
    REQUIRE(probe.connects());
    const auto id = probe.client.publish("a", std::string("with\0nul", 8), 1, false);
    REQUIRE(id);
    REQUIRE(probe.receives(1));
    CHECK(probe.payloads == std::vector{std::string("with\0nul", 8)});
    CHECK(probe.run_until([&] { return !probe.published.empty(); }));
    CHECK(probe.published == std::vector{*id});
    CHECK_THROWS_AS(probe.client.publish("a/#", "", 0, false), Error);
}

TEST_CASE("a client reconnects after the broker was killed and subscribes again") {
    Broker broker;
    Probe probe({.port = broker.port()});
    probe.client.subscribe("a", 1);
    probe.client.start();
    REQUIRE(probe.connects());
    broker.kill();
    REQUIRE(probe.run_until([&] { return probe.reasons.size() == 2; }));
    CHECK_THAT(probe.reasons[1], ContainsSubstring("refused"));
    CHECK_FALSE(probe.client.connected());
    CHECK_FALSE(probe.run_until([&] { return probe.reasons.size() > 2; }, 500ms));

    broker.restart();
    REQUIRE(probe.run_until([&] { return probe.connects_seen == 2; }));
    REQUIRE(probe.client.publish("a", "again", 1, false));
    CHECK(probe.receives(1));
}

TEST_CASE("a stopped client says goodbye and a vanished one leaves its will") {
    Broker broker;
    MqttClient watcher(broker.port());
    REQUIRE(watcher.connect() == 0);
    REQUIRE(watcher.subscribe("will/#", 1) == 1);
    for (const std::string name : {"stopped", "vanished"}) {
        Probe probe({.port = broker.port(), .will = Endpoint::Will{"will/" + name, "gone"}});
        probe.client.start();
        REQUIRE(probe.connects());
        if (name == "stopped") {
            REQUIRE(probe.client.publish("will/last-words", "x", 1, false));
            probe.client.stop();
        }
    }
    const auto last_words = watcher.receive();
    REQUIRE(last_words);
    CHECK(last_words->topic == "will/last-words");
    const auto will = watcher.receive();
    REQUIRE(will);
    CHECK(will->topic == "will/vanished");
}

TEST_CASE("a refused login is reported once and without the password") {
    Broker broker("allow_anonymous false\n");
    Probe probe({.port = broker.port(), .username = "eve", .password = "secret-word"});
    probe.client.start();
    REQUIRE(probe.run_until([&] { return !probe.reasons.empty(); }));
    CHECK_THAT(probe.reasons[0], ContainsSubstring("user \"eve\" (CONNACK 5)"));
    CHECK_FALSE(probe.run_until([&] { return probe.reasons.size() > 1; }, 1s));
    CHECK(probe.logged.size() == 1);
    CHECK(probe.logged[0].find("secret-word") == std::string::npos);
}

TEST_CASE("a refused subscription is reported and the others stay") {
    const TempFolder folder;
    write_file(folder / "policy.json",
               R"({"defaultACLAccess":{"subscribe":false,"publishClientReceive":true},
                   "clients":[],"groups":[{"groupname":"all","roles":[{"rolename":"reader"}]}],
                   "anonymousGroup":"all",
                   "roles":[{"rolename":"reader","acls":[
                       {"acltype":"subscribePattern","topic":"fine","allow":true},
                       {"acltype":"publishClientSend","topic":"#","allow":true}]}]})",
               FileMode::public_);
    // Stock Mosquitto's only way to refuse a subscription.
    Broker broker("allow_anonymous true\nplugin " + dynamic_security_module().string() +
                  "\nplugin_opt_config_file " + (folder / "policy.json").string() + "\n");
    Probe probe({.port = broker.port()});
    probe.client.subscribe("fine", 1);
    probe.client.subscribe("forbidden", 1);
    probe.client.start();
    REQUIRE(probe.run_until([&] { return !probe.refused.empty(); }));
    CHECK(probe.refused == std::vector<std::string>{"forbidden"});
    CHECK_THAT(probe.logged.back(), ContainsSubstring("forbidden"));
    REQUIRE(probe.client.publish("fine", "x", 1, false));
    CHECK(probe.receives(1));
    CHECK_THROWS_AS(probe.client.subscribe("a#", 0), Error);
}

TEST_CASE("messages that were not acknowledged come again and acknowledged ones do not") {
    Broker broker;
    MqttClient device(broker.port());
    REQUIRE(device.connect() == 0);
    const Endpoint endpoint{.port = broker.port(), .client_id = "daemon", .clean_session = false};
    std::vector<std::string> sent;
    {
        Probe probe(endpoint, Acknowledge::when_told);
        probe.client.subscribe("device/#", 1);
        probe.client.start();
        REQUIRE(probe.connects());
        REQUIRE(probe.run_until([&] { return broker.log().find("SUBACK") != std::string::npos; }));
        for (int i = 0; i < 15; ++i) {
            sent.push_back(std::to_string(i));
            REQUIRE(device.publish("device/1", sent.back(), 1) == 0);
        }
        REQUIRE(probe.receives(15));
        CHECK(probe.client.unacknowledged() == 15);
        CHECK_FALSE(probe.run_until([&] { return probe.payloads.size() > 15; }, 1500ms));
        CHECK(broker.log().find("Received PUBACK from daemon") == std::string::npos);
    }
    {
        Probe probe(endpoint, Acknowledge::when_told);
        probe.client.start();
        REQUIRE(probe.receives(15));
        CHECK(probe.session_present);
        CHECK(probe.payloads == sent);
        probe.client.acknowledge();
        // A broker that meets the next connection first drops what it has not read of this one.
        REQUIRE(broker.wait_for_log("Received PUBACK from daemon (Mid: 15"));
        probe.client.stop();
    }
    Probe probe(endpoint, Acknowledge::when_told);
    probe.client.start();
    REQUIRE(probe.connects());
    REQUIRE(device.publish("device/1", "marker", 1) == 0);
    REQUIRE(probe.receives(1));
    CHECK(probe.payloads == std::vector<std::string>{"marker"});
}

TEST_CASE("acknowledgements held over a lost connection do not leave on the next one") {
    Broker broker;
    TcpProxy proxy(broker.port());
    Probe probe({.port = proxy.port(), .client_id = "daemon", .clean_session = false},
                Acknowledge::when_told);
    probe.client.subscribe("device/#", 1);
    probe.client.start();
    REQUIRE(probe.connects());
    REQUIRE(probe.run_until([&] { return broker.log().find("SUBACK") != std::string::npos; }));
    MqttClient device(broker.port());
    REQUIRE(device.connect() == 0);
    REQUIRE(device.publish("device/1", "one", 1) == 0);
    REQUIRE(probe.receives(1));
    proxy.reset_connections();
    REQUIRE(probe.receives(2));
    CHECK(probe.payloads[1] == "one");
    CHECK(probe.client.unacknowledged() == 1);
    CHECK_FALSE(probe.run_until([&] { return probe.payloads.size() > 2; }, 300ms));
    CHECK(broker.log().find("Received PUBACK from daemon") == std::string::npos);
    probe.client.acknowledge();
    CHECK(probe.run_until(
        [&] { return broker.log().find("Received PUBACK from daemon") != std::string::npos; }));
}

TEST_CASE("nothing arrives while a client is held and everything after") {
    Broker broker("allow_anonymous true\nmax_inflight_messages 0\n");
    Probe probe({.port = broker.port(), .client_id = "daemon"}, Acknowledge::when_told);
    probe.client.subscribe("device/#", 1);
    probe.client.start();
    REQUIRE(probe.connects());
    REQUIRE(probe.run_until([&] { return broker.log().find("SUBACK") != std::string::npos; }));
    probe.on_message = [&](const mqtt::Delivery&) { probe.client.hold(); };
    MqttClient device(broker.port());
    REQUIRE(device.connect() == 0);
    for (int i = 0; i < 50; ++i) {
        REQUIRE(device.publish("device/1", std::to_string(i), 1) == 0);
    }
    REQUIRE(probe.receives(1));
    CHECK_FALSE(probe.run_until([&] { return probe.payloads.size() > 1; }, 300ms));
    for (std::size_t i = 1; i < 50; ++i) {
        probe.client.acknowledge();
        REQUIRE(probe.receives(i + 1));
        CHECK(probe.payloads.size() == i + 1);
    }
    CHECK(probe.payloads.back() == "49");
}

TEST_CASE("a client that cannot work says so at once") {
    CHECK_THROWS_WITH(Probe({.client_id = "", .clean_session = false}),
                      ContainsSubstring("client id"));
    CHECK_THROWS_WITH(Probe({.keepalive = 1s}), ContainsSubstring("keepalive"));
    Probe probe({.client_id = "daemon"}, Acknowledge::when_told);
    CHECK_THROWS_WITH(probe.client.subscribe("a", 2), ContainsSubstring("QoS 2"));
}
