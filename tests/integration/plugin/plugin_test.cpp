#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "plugin_broker.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

using Version = MqttClient::Version;

namespace {

const std::string house = "user alice\n"
                          "topic readwrite home/#\n"
                          "topic deny home/safe\n"
                          "user bob\n"
                          "topic read home/#\n";

Users alice_and_bob() {
    return users_with({{"alice", "apple"}, {"bob", "banana"}});
}

std::string count_of(const std::string& text, const std::string& part) {
    unsigned count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return std::to_string(count);
}

} // namespace

TEST_CASE("only the right password gets in and every refusal has its code") {
    PluginBroker site(alice_and_bob(), house);
    CHECK(site.client("alice", "apple").connect() == 0);
    CHECK(site.client("alice", "banana").connect() == 5);
    CHECK(site.client("carol", "apple").connect() == 5);
    CHECK(site.client("alice", "").connect() == 5);
    CHECK(site.client("alice", "apple", "", Version::v31).connect() == 0);
    CHECK(site.client("alice", "apple", "", Version::v5).connect() == 0);
    CHECK(site.client("alice", "banana", "", Version::v5).connect() == 0x87);
    CHECK(site.broker().log().find("login refused user=carol") != std::string::npos);
}

TEST_CASE("an anonymous client is refused") {
    PluginBroker site(alice_and_bob(), "topic #\n");
    CHECK(site.client("", "").connect() == 5);
    CHECK(site.client("", "", "", Version::v5).connect() == 0x87);
}

TEST_CASE("where the broker allows anonymous clients the lines before the first user are theirs") {
    PluginBroker site(alice_and_bob(), "topic read open/#\n" + house, "allow_anonymous true\n");
    auto guest = site.client("", "");
    REQUIRE(guest.connect() == 0);
    CHECK(guest.subscribe("open/#") == 0);
    CHECK(guest.subscribe("home/#") == 0x80);
    CHECK(site.client("alice", "wrong").connect() == 5);
}

TEST_CASE("allowed messages arrive and denied ones do not") {
    PluginBroker site(alice_and_bob(), house);
    auto alice = site.client("alice", "apple", "", Version::v5);
    auto bob = site.client("bob", "banana");
    REQUIRE(alice.connect() == 0);
    REQUIRE(bob.connect() == 0);
    REQUIRE(bob.subscribe("#") == 0);
    CHECK(alice.publish("home/safe", "secret", 1) == 0x87);
    CHECK(alice.publish("elsewhere", "x", 1) == 0x87);
    CHECK(alice.publish("home/hall", "21.5", 1) == 0);
    bob.publish("home/hall", "mine", 1);
    CHECK(alice.publish("home/end", "", 1) == 0);
    CHECK(bob.receive()->topic == "home/hall");
    CHECK(bob.receive()->topic == "home/end");
    CHECK(
        site.broker().log().find("access=write topic=home/safe line=3 reason=\"a rule says so\"") !=
        std::string::npos);
}

TEST_CASE("a wildcard subscription delivers what may be read and nothing else") {
    PluginBroker site(alice_and_bob(),
                      house + "topic deny home/safe/+\nuser carol\ntopic write #\n");
    site.write_users(users_with({{"bob", "banana"}, {"carol", "cherry"}}));
    site.reload();
    auto bob = site.client("bob", "banana");
    auto carol = site.client("carol", "cherry");
    REQUIRE(bob.connect() == 0);
    REQUIRE(carol.connect() == 0);
    REQUIRE(bob.subscribe("#") == 0);
    for (const auto* topic : {"home/safe/code", "other", "home/safe", "$x/y", "home/end"}) {
        carol.publish(topic, "", 1);
    }
    CHECK(bob.receive()->topic == "home/safe");
    CHECK(bob.receive()->topic == "home/end");
}

TEST_CASE("a subscription that could deliver nothing is refused with its code") {
    PluginBroker site(alice_and_bob(), house);
    auto bob = site.client("bob", "banana");
    REQUIRE(bob.connect() == 0);
    CHECK(bob.subscribe("home/hall") == 0);
    CHECK(bob.subscribe("$share/g/home/hall") == 0);
    CHECK(bob.subscribe("garden/#") == 0x80);
    CHECK(bob.subscribe("$share/g/garden/#") == 0x80);
    CHECK(bob.subscribe("$SYS/#") == 0x80);
    auto bob5 = site.client("bob", "banana", "", Version::v5);
    REQUIRE(bob5.connect() == 0);
    CHECK(bob5.subscribe("garden/#") == 0x87);
}

TEST_CASE("SIGHUP takes new users and policy without dropping the others") {
    PluginBroker site(alice_and_bob(), house);
    auto alice = site.client("alice", "apple");
    auto bob = site.client("bob", "banana");
    REQUIRE(alice.connect() == 0);
    REQUIRE(bob.connect() == 0);
    REQUIRE(bob.subscribe("#") == 0);
    auto users = alice_and_bob();
    users.set("carol", PasswordHash::make("cherry", 10));
    site.write_users(users);
    site.write_policy(house + "user alice\ntopic garden/#\nuser bob\ntopic garden/#\n");
    site.reload();
    CHECK(site.client("carol", "cherry").connect() == 0);
    alice.publish("garden/gate", "open", 1);
    CHECK(bob.receive()->topic == "garden/gate");
}

TEST_CASE("SIGHUP cuts the sessions of removed and changed users") {
    const auto users = alice_and_bob();
    PluginBroker site(users, house);
    auto alice = site.client("alice", "apple");
    auto bob = site.client("bob", "banana");
    REQUIRE(alice.connect() == 0);
    REQUIRE(bob.connect() == 0);
    auto changed = users;
    SECTION("removed") {
        changed.remove("bob");
    }
    SECTION("changed") {
        changed.set("bob", PasswordHash::make("blueberry", 10));
    }
    site.write_users(changed);
    site.reload();
    CHECK(bob.ends_within(30s));
    CHECK(site.client("bob", "banana").connect() == 5);
    alice.publish("home/hall", "", 1);
    CHECK(alice.connected());
}

TEST_CASE("a bad file on reload is refused with its line and nothing changes") {
    PluginBroker site(alice_and_bob(), house);
    auto alice = site.client("alice", "apple");
    REQUIRE(alice.connect() == 0);
    site.write_users("alice:plain\n");
    site.write_policy("topic #\n");
    site.reload("users:1: 'alice' has a plaintext password; run holdfast user passwd alice");
    site.write_users(alice_and_bob());
    site.write_policy("topik #\n");
    site.reload("policy:1: unknown keyword \"topik\"; did you mean topic?");
    alice.publish("home/hall", "", 1);
    CHECK(alice.connected());
    CHECK(site.client("bob", "banana").connect() == 0);
    CHECK(site.client("", "").connect() == 5);
}

TEST_CASE("a bad file at the start is one clear error in the log of the broker") {
    struct Row {
        std::string users;
        std::string policy;
        std::string config;
        std::string error;
    };
    const auto row = GENERATE(values<Row>({
        {"alice:plain\n", "", "", "users:1: 'alice' has a plaintext password"},
        {"", "user\n", "", "policy:1: there is no user name"},
        {"", "", "plugin_opt_polisy x\n",
         "unknown option plugin_opt_polisy; did you mean "
         "plugin_opt_policy?"},
    }));
    preload_sanitizer();
    const TempFolder folder;
    write_file(folder / "users", row.users, FileMode::group);
    write_file(folder / "policy", row.policy, FileMode::group);
    const auto config =
        fmt::format("plugin {}\nplugin_opt_users {}\nplugin_opt_policy {}\n{}", HOLDFAST_PLUGIN,
                    (folder / "users").string(), (folder / "policy").string(), row.config);
    try {
        const Broker broker(config);
        FAIL("it started");
    } catch (const Error& error) {
        CHECK_THAT(error.what(), ContainsSubstring(row.error));
        CHECK(count_of(error.what(), "holdfast: ") == "1");
    }
}

TEST_CASE("a session that is offline survives SIGHUP with its messages") {
    PluginBroker site(alice_and_bob(), house, "persistence true\npersistence_location @DIR@/\n");
    MqttClient::Options options;
    options.client_id = "bob-1";
    options.username = "bob";
    options.password = "banana";
    options.clean_session = false;
    {
        MqttClient bob(site.broker().port(), options);
        REQUIRE(bob.connect() == 0);
        REQUIRE(bob.subscribe("home/#", 1) == 1);
        bob.disconnect();
    }
    auto alice = site.client("alice", "apple");
    REQUIRE(alice.connect() == 0);
    alice.publish("home/hall", "kept", 1);
    SECTION("known to this process") {}
    SECTION("read from disk") {
        site.broker().restart();
    }
    site.reload();
    MqttClient bob(site.broker().port(), options);
    REQUIRE(bob.connect() == 0);
    CHECK(bob.session_present());
    CHECK(bob.receive()->payload == "kept");
}

TEST_CASE("a chatty denied client does not flood the log") {
    PluginBroker site(alice_and_bob(), house);
    auto bob = site.client("bob", "banana", "noisy");
    REQUIRE(bob.connect() == 0);
    for (int i = 0; i < 200; ++i) {
        bob.publish("home/hall", "x", 1);
    }
    CHECK(count_of(site.broker().log(), "holdfast: denied") == "5");
    CHECK(site.broker().wait_for_log("more denials client=noisy count=195", 0, 15s));
}

TEST_CASE("a role gives each of its users topics of their own") {
    PluginBroker site(alice_and_bob(), "role device\ntopic readwrite dev/%u/#\n"
                                       "user alice\nis device\nuser bob\nis device\n");
    auto alice = site.client("alice", "apple", "", Version::v5);
    auto bob = site.client("bob", "banana");
    REQUIRE(alice.connect() == 0);
    REQUIRE(bob.connect() == 0);
    CHECK(bob.subscribe("dev/alice/#") == 0x80);
    CHECK(bob.subscribe("dev/#") == 0);
    CHECK(alice.publish("dev/bob/x", "", 1) == 0x87);
    CHECK(alice.publish("dev/alice/x", "", 1) < 0x80);
    bob.publish("dev/bob/x", "", 1);
    CHECK(bob.receive()->topic == "dev/bob/x");
}
