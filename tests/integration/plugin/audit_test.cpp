#include "plugin_broker.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

#include <nlohmann/json.hpp>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

const std::string policy = "user owner\ntopic read holdfast/audit/#\n"
                           "user alice\ntopic readwrite home/#\n"
                           "user bob\ntopic #\n";

const Users& users() {
    static const Users made =
        users_with({{"owner", "olive"}, {"alice", "apple"}, {"bob", "banana"}});
    return made;
}

/// The next message but the counters, which come when they will.
std::optional<MqttClient::Message> next(MqttClient& owner) {
    auto message = owner.receive();
    return message && message->topic == "holdfast/audit/counters" ? next(owner) : message;
}

} // namespace

TEST_CASE("the owner reads denials and refused logins and reloads as messages") {
    PluginBroker site(users(), policy);
    auto owner = site.client("owner", "olive");
    auto alice = site.client("alice", "apple", "alice-1");
    REQUIRE(owner.connect() == 0);
    REQUIRE(alice.connect() == 0);
    REQUIRE(owner.subscribe("holdfast/audit/#") == 0);

    alice.publish("garden/gate", "a payload", 1);
    auto message = next(owner);
    REQUIRE(message);
    CHECK(message->topic == "holdfast/audit/denied");
    auto denial = Json::parse(message->payload);
    CHECK(denial["user"] == "alice");
    CHECK(denial["client"] == "alice-1");
    CHECK(denial["topic"] == "garden/gate");
    CHECK(message->payload.find("a payload") == std::string::npos);

    CHECK(site.client("alice", "hunter2").connect() == 5);
    message = next(owner);
    REQUIRE(message);
    CHECK(message->topic == "holdfast/audit/login");
    CHECK(message->payload.find("hunter2") == std::string::npos);

    site.reload();
    message = next(owner);
    REQUIRE(message);
    CHECK(message->topic == "holdfast/audit/reload");
    CHECK(Json::parse(message->payload)["accepted"] == true);

    site.write_policy("topik #\n");
    message = next(owner);
    REQUIRE(message);
    CHECK(Json::parse(message->payload)["accepted"] == false);
}

TEST_CASE("who may not read the audit gets none of it and causes none by that") {
    PluginBroker site(users(), policy);
    auto owner = site.client("owner", "olive");
    auto alice = site.client("alice", "apple", "alice-1");
    REQUIRE(owner.connect() == 0);
    REQUIRE(alice.connect() == 0);
    REQUIRE(owner.subscribe("holdfast/audit/#") == 0);
    REQUIRE(alice.subscribe("#") == 0);
    for (int i = 0; i < 4; ++i) {
        alice.publish("garden/gate", "", 1);
    }
    alice.publish("home/end", "", 1);
    alice.subscribe("garden/#");
    CHECK(alice.receive()->topic == "home/end");
    for (int i = 0; i < 4; ++i) {
        CHECK(Json::parse(next(owner)->payload)["topic"] == "garden/gate");
    }
    CHECK(Json::parse(next(owner)->payload)["topic"] == "garden/#");
}

TEST_CASE("nobody forges an audit message") {
    PluginBroker site(users(), policy);
    auto owner = site.client("owner", "olive");
    auto bob = site.client("bob", "banana", "", MqttClient::Version::v5);
    REQUIRE(owner.connect() == 0);
    REQUIRE(bob.connect() == 0);
    REQUIRE(owner.subscribe("holdfast/audit/#") == 0);
    CHECK(bob.publish("holdfast/audit/login", "all is well", 1) == 0x87);
    CHECK(next(owner)->topic == "holdfast/audit/denied");
}

TEST_CASE("the counters are retained and follow what happens") {
    PluginBroker site(users(), policy);
    CHECK(site.client("alice", "wrong").connect() == 5);
    auto alice = site.client("alice", "apple");
    REQUIRE(alice.connect() == 0);
    alice.publish("garden/gate", "", 1);
    Json counters;
    const auto told = [&] {
        auto owner = site.client("owner", "olive");
        REQUIRE(owner.connect() == 0);
        REQUIRE(owner.subscribe("holdfast/audit/counters") == 0);
        const auto message = owner.receive();
        REQUIRE(message);
        CHECK(message->retain);
        counters = Json::parse(message->payload);
        return counters["denied"]["write"] == 1;
    };
    REQUIRE(eventually(told, 20s));
    CHECK(counters["logins"]["refused"] == 1);
    CHECK(counters["logins"]["accepted"] >= 1);
    CHECK(counters["sessions"] >= 1);
    CHECK(counters["passwords"]["hashed"] >= 2);
    CHECK(counters["denied"]["subscribe"] == 0);
    CHECK(counters["reloads"]["accepted"] == 0);
}
