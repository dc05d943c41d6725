#include "core/error.hpp"
#include "support/broker.hpp"
#include "support/catch.hpp"
#include "support/mqtt_client.hpp"
#include "support/tcp_proxy.hpp"

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

TEST_CASE("the test broker passes messages and keeps its session over a restart") {
    Broker broker("allow_anonymous true\npersistence true\npersistence_location @DIR@/\n");
    MqttClient::Options keeping{.client_id = "keeper", .clean_session = false};
    {
        MqttClient subscriber(broker.port(), keeping);
        REQUIRE(subscriber.connect() == 0);
        CHECK_FALSE(subscriber.session_present());
        CHECK(subscriber.subscribe("room/#", 1) == 1);
        subscriber.disconnect();
    }
    MqttClient publisher(broker.port());
    REQUIRE(publisher.connect() == 0);
    for (const int qos : {0, 1, 2}) {
        CHECK(publisher.publish("room/temperature", std::to_string(qos), qos) == 0);
    }
    broker.restart();
    CHECK(publisher.ends_within(10s));

    MqttClient subscriber(broker.port(), keeping);
    REQUIRE(subscriber.connect() == 0);
    CHECK(subscriber.session_present());
    for (const auto* payload : {"1", "2"}) {
        const auto message = subscriber.receive();
        REQUIRE(message);
        CHECK(message->topic == "room/temperature");
        CHECK(message->payload == payload);
        CHECK(message->qos == 1);
    }
}

TEST_CASE("the test broker comes back on its port after a kill") {
    Broker broker;
    const auto port = broker.port();
    const auto first = broker.pid();
    broker.kill();
    CHECK_FALSE(broker.running());
    CHECK_THROWS_AS(MqttClient(port).connect(), SystemError);
    broker.restart();
    CHECK(broker.pid() != first);
    CHECK(broker.port() == port);
    MqttClient client(port);
    CHECK(client.connect() == 0);
}

TEST_CASE("the test broker reloads on a signal and says so in its log") {
    Broker broker;
    const auto seen = broker.log().size();
    broker.sighup();
    CHECK(broker.wait_for_log("Reloading config", seen));
}

TEST_CASE("a test broker with a bad config is an error that shows its log") {
    CHECK_THROWS_WITH(Broker("no_such_option 1\n"), ContainsSubstring("no_such_option"));
}

TEST_CASE("a test broker can have several listeners") {
    Broker broker("allow_anonymous true\nlistener @PORT@ 127.0.0.1\nlistener @PORT2@ 127.0.0.1\n");
    REQUIRE(broker.port(1) != broker.port(2));
    MqttClient first(broker.port(1));
    MqttClient second(broker.port(2));
    CHECK(first.connect() == 0);
    CHECK(second.connect() == 0);
}

TEST_CASE("the test client reports refusals in every protocol version") {
    Broker broker("allow_anonymous false\n");
    using Version = MqttClient::Version;
    CHECK(MqttClient(broker.port(), {.version = Version::v31}).connect() == 5);
    CHECK(MqttClient(broker.port(), {.version = Version::v311}).connect() == 5);
    CHECK(MqttClient(broker.port(), {.version = Version::v5}).connect() == 0x87);
}

TEST_CASE("the test client leaves a will when it drops and none when it disconnects") {
    Broker broker;
    MqttClient watcher(broker.port());
    REQUIRE(watcher.connect() == 0);
    REQUIRE(watcher.subscribe("will/#") == 0);
    for (const bool polite : {true, false}) {
        const std::string topic = polite ? "will/polite" : "will/dropped";
        MqttClient client(broker.port(),
                          {.will = MqttClient::Message{.topic = topic, .payload = "gone"}});
        REQUIRE(client.connect() == 0);
        polite ? client.disconnect() : client.drop();
    }
    const auto message = watcher.receive();
    REQUIRE(message);
    CHECK(message->topic == "will/dropped");
}

TEST_CASE("the test proxy passes and cuts and refuses and passes again") {
    Broker broker;
    TcpProxy proxy(broker.port());
    MqttClient client(proxy.port());
    REQUIRE(client.connect() == 0);
    CHECK(client.publish("a", "b", 1) == 0);
    CHECK(proxy.bytes_to_server() > 0);

    proxy.cut();
    CHECK(client.ends_within(10s));
    CHECK_THROWS_AS(MqttClient(proxy.port()).connect(), SystemError);

    proxy.pass();
    MqttClient again(proxy.port());
    CHECK(again.connect() == 0);
    proxy.reset_connections();
    CHECK(again.ends_within(10s));
    CHECK(again.connect() == 0);
    CHECK(proxy.connections() == 3);
}

TEST_CASE("the test proxy swallows what is sent into a black hole") {
    Broker broker;
    TcpProxy proxy(broker.port());
    MqttClient watcher(broker.port());
    REQUIRE(watcher.connect() == 0);
    REQUIRE(watcher.subscribe("#") == 0);
    MqttClient client(proxy.port());
    MqttClient idle(proxy.port());
    REQUIRE(client.connect() == 0);
    REQUIRE(idle.connect() == 0);

    proxy.black_hole();
    const auto passed = proxy.bytes_to_server();
    CHECK(client.publish("swallowed", "") == 0);
    CHECK_FALSE(client.ends_within(50ms));
    proxy.pass();
    CHECK(client.publish("still swallowed", "") == 0);
    CHECK(idle.publish("passed", "") == 0);
    const auto message = watcher.receive();
    REQUIRE(message);
    CHECK(message->topic == "passed");
    CHECK(proxy.bytes_to_server() > passed);
}

TEST_CASE("the test proxy keeps from one side that the other has gone in a black hole") {
    Broker broker;
    TcpProxy proxy(broker.port());
    MqttClient watcher(broker.port());
    REQUIRE(watcher.connect() == 0);
    REQUIRE(watcher.subscribe("#") == 0);
    MqttClient::Options options;
    options.will = MqttClient::Message{"gone", ""};
    MqttClient silent(proxy.port(), options);
    REQUIRE(silent.connect() == 0);
    proxy.black_hole();
    silent.drop();
    CHECK_FALSE(watcher.receive(300ms));
    proxy.reset_connections();
    const auto message = watcher.receive();
    REQUIRE(message);
    CHECK(message->topic == "gone");
}

TEST_CASE("the test proxy delays each direction without slowing the stream") {
    Broker broker;
    TcpProxy proxy(broker.port());
    MqttClient client(proxy.port());
    REQUIRE(client.connect() == 0);
    proxy.delay(100ms);
    const auto began = std::chrono::steady_clock::now();
    CHECK(client.publish("a", std::string(1'900'000, 'x'), 1) == 0); // 2.1 takes 2 000 000
    const auto took = std::chrono::steady_clock::now() - began;
    CHECK(took >= 200ms);
    CHECK(took < 15s); // 116 reads of 16 KiB: one delay for all of them, not one each
}
