#include "plugin_broker.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

using Version = MqttClient::Version;

namespace {

const std::string policy = "user alice\ntopic readwrite home/#\nlimit payload 4B\n"
                           "user bob\nis dev\nlimit publish 1/h burst 2\n"
                           "user carol\ntopic readwrite #\n"
                           "role dev\ntopic readwrite home/#\nlimit subscriptions 1\n";

const Users& users() {
    static const Users made =
        users_with({{"alice", "apple"}, {"bob", "banana"}, {"carol", "cherry"}});
    return made;
}

} // namespace

TEST_CASE("a message beyond a limit is denied as the protocol can say it and is not delivered") {
    PluginBroker site(users(), policy);
    auto carol = site.client("carol", "cherry");
    REQUIRE(carol.connect() == 0);
    REQUIRE(carol.subscribe("home/#") == 0);
    auto alice = site.client("alice", "apple", "", Version::v5);
    REQUIRE(alice.connect() == 0);
    CHECK(alice.publish("home/a", "12345", 1) == 0x87);
    CHECK(alice.publish("home/a", "12345", 2) == 0x87);
    CHECK(alice.publish("home/b", "1234", 1) == 0);
    auto old_alice = site.client("alice", "apple");
    REQUIRE(old_alice.connect() == 0);
    CHECK(old_alice.publish("home/a", "12345", 1) == 0);
    CHECK(old_alice.publish("home/a", "12345", 0) == 0);
    CHECK(old_alice.publish("home/c", "1", 1) == 0);
    CHECK(carol.receive()->topic == "home/b");
    CHECK(carol.receive()->topic == "home/c");
    CHECK(site.broker().log().find("reason=\"the payload is larger than the limit\"") !=
          std::string::npos);
}

TEST_CASE("the rate of a user is that of all its clients and nobody else waits") {
    PluginBroker site(users(), policy);
    auto carol = site.client("carol", "cherry", "", Version::v5);
    auto bob = site.client("bob", "banana", "", Version::v5);
    auto other_bob = site.client("bob", "banana", "", Version::v5);
    REQUIRE(carol.connect() == 0);
    REQUIRE(bob.connect() == 0);
    REQUIRE(other_bob.connect() == 0);
    CHECK(bob.publish("home/a", "", 1) < 0x80);
    CHECK(other_bob.publish("home/a", "", 1) < 0x80);
    CHECK(other_bob.publish("home/a", "", 1) == 0x87);
    CHECK(bob.publish("home/a", "", 1) == 0x87);
    for (int i = 0; i < 20; ++i) {
        CHECK(carol.publish("home/a", "", 1) < 0x80);
    }
}

TEST_CASE("a subscription too many is refused with its code until another is given up") {
    PluginBroker site(users(), policy);
    auto bob = site.client("bob", "banana");
    REQUIRE(bob.connect() == 0);
    CHECK(bob.subscribe("home/a") == 0);
    CHECK(bob.subscribe("home/b") == 0x80);
    CHECK(bob.subscribe("home/a") == 0);
    bob.unsubscribe("home/a");
    CHECK(bob.subscribe("home/b") == 0);
    auto bob5 = site.client("bob", "banana", "", Version::v5);
    REQUIRE(bob5.connect() == 0);
    CHECK(bob5.subscribe("home/a") == 0);
    CHECK(bob5.subscribe("home/b") == 0x87);
}

TEST_CASE("the subscriptions of a kept session count and those of a lost one do not") {
    PluginBroker site(users(), policy);
    MqttClient::Options options;
    options.client_id = "bob-1";
    options.username = "bob";
    options.password = "banana";
    options.clean_session = false;
    const auto again = [&](const std::string& filter) {
        MqttClient bob(site.port(), options);
        REQUIRE(bob.connect() == 0);
        return bob.subscribe(filter);
    };
    CHECK(again("$share/g/home/a") == 0);
    CHECK(again("$share/g/home/b") == 0x80);
    CHECK(again("home/a") == 0x80);
    CHECK(again("$share/g/home/a") == 0);
    options.clean_session = true;
    CHECK(again("home/a") == 0);
    CHECK(again("home/b") == 0);
    options.clean_session = false;
    options.version = Version::v5; // kept for no time: lost with the connection
    CHECK(again("home/a") == 0);
    CHECK(again("home/b") == 0);
}

TEST_CASE("a retained message of a limited user is delivered however often it is asked for") {
    PluginBroker site(users(), policy);
    auto bob = site.client("bob", "banana", "", Version::v5);
    REQUIRE(bob.connect() == 0);
    CHECK(bob.publish("home/a", "kept", 1, true) < 0x80);
    for (int i = 0; i < 5; ++i) {
        auto carol = site.client("carol", "cherry");
        REQUIRE(carol.connect() == 0);
        REQUIRE(carol.subscribe("home/a") == 0);
        CHECK(carol.receive()->payload == "kept");
    }
    CHECK(bob.publish("home/b", "", 1) < 0x80);
    CHECK(bob.publish("home/b", "", 1) == 0x87);
}

TEST_CASE("what is retained on its way to the cloud and back is handed to nobody") {
    PluginBroker site(users(), policy, "check_retain_source true\n");
    auto carol = site.client("carol", "cherry");
    REQUIRE(carol.connect() == 0);
    for (const auto* topic : {"holdfast/up/home/a", "holdfast/receipt/home/a", "home/a"}) {
        REQUIRE(carol.publish(topic, "kept", 1, true) == 0);
    }
    for (const auto* filter : {"holdfast/up/#", "holdfast/receipt/#", "home/#"}) {
        REQUIRE(carol.subscribe(filter) == 0);
    }
    CHECK(carol.receive()->topic == "home/a");
    REQUIRE(carol.publish("holdfast/up/home/a", "new", 1, true) == 0);
    CHECK(carol.receive()->payload == "new");
    CHECK(site.broker().log().find("denied") == std::string::npos);
}

TEST_CASE("a new clientid line cuts the clients that break it and no others") {
    PluginBroker site(users(), policy);
    auto good = site.client("alice", "apple", "alice-1");
    auto bad = site.client("alice", "apple", "pump");
    REQUIRE(good.connect() == 0);
    REQUIRE(bad.connect() == 0);
    site.write_policy(policy + "user alice\nclientid %u-*\nfrom 127.0.0.0/8\n");
    CHECK(bad.ends_within(30s));
    CHECK(site.client("alice", "apple", "pump").connect() == 5);
    CHECK(site.client("alice", "apple", "pump", Version::v5).connect() == 0x87);
    CHECK(good.publish("home/a", "", 1) == 0);
    CHECK(site.client("alice", "apple", "alice-2").connect() == 0);
    site.write_policy(policy + "user alice\nfrom 10.0.0.0/8\n");
    CHECK(good.ends_within(30s));
    CHECK(site.client("alice", "apple", "alice-1").connect() == 5);
    CHECK(site.client("bob", "banana").connect() == 0);
}

TEST_CASE("the broker says when clients leave however they do") {
    PluginBroker site(users(), policy + "user carol\ntopic read holdfast/audit/counters\n");
    {
        auto alice = site.client("alice", "apple", "alice-1");
        auto again = site.client("alice", "apple", "alice-1");
        auto dropped = site.client("bob", "banana");
        REQUIRE(alice.connect() == 0);
        REQUIRE(again.connect() == 0); // takes over
        REQUIRE(dropped.connect() == 0);
        again.disconnect();
        dropped.drop();
    }
    auto carol = site.client("carol", "cherry");
    REQUIRE(carol.connect() == 0);
    REQUIRE(carol.subscribe("holdfast/audit/counters") == 0);
    std::string counters;
    while (counters.find("\"sessions\":1,") == std::string::npos) {
        const auto message = carol.receive(20s);
        INFO(counters);
        REQUIRE(message);
        counters = message->payload;
    }
}
