#include "plugin_broker.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

#include <memory>
#include <vector>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

const std::string policy = "user alice\ntopic readwrite home/#\n"
                           "user bob\ntopic read home/#\n"
                           "user crowd\ntopic read news\n";

// Made once: a second hash of the same password has another salt, which is a change.
const Users& users() {
    static const Users made =
        users_with({{"alice", "apple"}, {"bob", "banana"}, {"crowd", "many"}});
    return made;
}

std::vector<std::unique_ptr<MqttClient>> crowd_of(std::size_t size, const PluginBroker& site) {
    std::vector<std::unique_ptr<MqttClient>> crowd;
    for (std::size_t i = 0; i < size; ++i) {
        MqttClient::Options options;
        options.username = "crowd";
        options.password = "many";
        crowd.push_back(std::make_unique<MqttClient>(site.port(), options));
        REQUIRE(crowd.back()->connect() == 0);
        REQUIRE(crowd.back()->subscribe("news") == 0);
    }
    return crowd;
}

} // namespace

TEST_CASE("a file change alone brings new users and a new policy") {
    PluginBroker site(users(), policy);
    auto alice = site.client("alice", "apple", "", MqttClient::Version::v5);
    REQUIRE(alice.connect() == 0);
    CHECK(alice.publish("garden/gate", "", 1) == 0x87);
    auto changed = users();
    changed.set("dave", PasswordHash::make("date", 10));
    site.write_users(changed);
    site.write_policy(policy + "user alice\ntopic garden/#\n");
    // On a busy machine the files may be written, and so taken, one after the other.
    CHECK(eventually([&] { return alice.publish("garden/gate", "", 1) < 0x80; }, 30s));
    CHECK(site.client("dave", "date").connect() == 0);
}

TEST_CASE("removed and changed users are cut at once and a crowd of others notices nothing") {
    PluginBroker site(users(), policy + "user alice\ntopic news\n");
    auto crowd = crowd_of(150, site);
    auto alice = site.client("alice", "apple");
    auto bob = site.client("bob", "banana");
    REQUIRE(alice.connect() == 0);
    REQUIRE(bob.connect() == 0);
    auto changed = users();
    SECTION("removed") {
        changed.remove("bob");
    }
    SECTION("changed") {
        changed.set("bob", PasswordHash::make("blueberry", 10));
    }
    site.write_users(changed);
    CHECK(bob.ends_within(30s));
    CHECK(site.client("bob", "banana").connect() == 5);
    REQUIRE(alice.publish("news", "all is well", 1) == 0);
    for (auto& one : crowd) {
        CHECK(one->receive().has_value());
    }
}

TEST_CASE("sessions lose a topic with the rule that gave it") {
    PluginBroker site(users(), policy);
    auto alice = site.client("alice", "apple");
    auto bob = site.client("bob", "banana");
    REQUIRE(alice.connect() == 0);
    REQUIRE(bob.connect() == 0);
    REQUIRE(bob.subscribe("home/#") == 0);
    site.write_policy("user alice\ntopic readwrite home/#\nuser bob\ntopic read home/end\n");
    REQUIRE(site.broker().wait_for_log("users and policy reloaded"));
    alice.publish("home/hall", "", 1);
    alice.publish("home/end", "", 1);
    CHECK(bob.receive()->topic == "home/end");
}

TEST_CASE("a bad file is refused with one line and everybody stays") {
    PluginBroker site(users(), policy);
    auto bob = site.client("bob", "banana");
    REQUIRE(bob.connect() == 0);
    REQUIRE(bob.subscribe("home/#") == 0);
    site.write_users("bob:plain\n");
    REQUIRE(site.broker().wait_for_log("users:1: 'bob' has a plaintext password"));
    CHECK_FALSE(bob.ends_within(1500ms));
    const auto log = site.broker().log();
    CHECK(log.find("reload refused") == log.rfind("reload refused"));
    site.write_users(users_with({{"alice", "apple"}}));
    CHECK(bob.ends_within(30s));
}
