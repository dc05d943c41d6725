#include "plugin_broker.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/raw_client.hpp"

#include <memory>
#include <vector>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

const Users& users() {
    static const Users made = users_with({{"alice", "apple"}, {"bob", "banana"}});
    return made;
}

} // namespace

TEST_CASE("after a few wrong passwords even the right one waits and others do not") {
    PluginBroker site(users(), "");
    CHECK(site.client("bob", "banana").connect() == 0);
    for (int i = 0; i < 3; ++i) {
        CHECK(site.client("alice", "guess").connect() == 5);
    }
    CHECK(site.client("alice", "apple").connect() == 5);
    CHECK(site.client("alice", "apple", "", MqttClient::Version::v5).connect() == 0x87);
    CHECK(site.client("bob", "banana").connect() == 0);
    CHECK(site.broker().log().find("reason=\"too many wrong passwords") != std::string::npos);
    CHECK(eventually([&] { return site.client("alice", "apple").connect() == 0; }, 30s));
}

TEST_CASE("a SIGHUP that ends many sessions locks nobody out") {
    PluginBroker site(users(), "");
    std::vector<std::unique_ptr<MqttClient>> sessions;
    for (int i = 0; i < 20; ++i) {
        MqttClient::Options options;
        options.username = "alice";
        options.password = "apple";
        sessions.push_back(std::make_unique<MqttClient>(site.port(), options));
        REQUIRE(sessions.back()->connect() == 0);
    }
    auto changed = users();
    changed.set("alice", PasswordHash::make("apricot", 10));
    site.write_users(changed);
    site.reload();
    for (auto& session : sessions) {
        CHECK(session->ends_within(30s));
    }
    CHECK(site.client("alice", "apricot").connect() == 0);
    CHECK(site.client("bob", "banana").connect() == 0);
}

TEST_CASE("wrong passwords from many addresses lock no user out of the own address") {
    PluginBroker site(users(), "");
    const auto log_in = [&](const std::string& from, std::string_view user,
                            std::string_view password) {
        RawClient client(tcp_stream(site.port(), from), RawClient::Version::v311);
        return client.connect("c", user, password);
    };
    for (int i = 1; i <= 100; ++i) {
        const auto attacker = "127.0.66." + std::to_string(i);
        for (int guess = 0; guess < 4; ++guess) {
            REQUIRE(log_in(attacker, "alice", "guess") == 5);
        }
    }
    CHECK(log_in("127.0.0.7", "alice", "apple") == 0);
    CHECK(log_in("127.0.66.1", "bob", "banana") == 0);
}
