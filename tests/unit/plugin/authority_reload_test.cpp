// Files that change, and whom that concerns.
#include "authority_site.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"

#include <array>
#include <string>
#include <vector>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

TEST_CASE("a reload takes both files") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    site.write_users({{"alice", "apricot"}});
    site.write_policy("user alice\ntopic write a/#\n");
    CHECK(authority.reload(0s));
    CHECK(log_in(authority, alice, "alice", "apricot", 0s));
    CHECK_FALSE(log_in(authority, alice, "alice", "apple", 0s));
    CHECK(authority.allows(Authority::Access::write, alice, "a/b", 0s));
    CHECK_FALSE(authority.allows(Authority::Access::read, alice, "a/b", 0s));
}

TEST_CASE("a bad file in a reload changes nothing and is named") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    SECTION("bad users beside a good policy") {
        site.write_bad_users();
        site.write_policy("user alice\ntopic write a/#\n");
        CHECK_FALSE(authority.reload(0s));
        CHECK(site.logged(site.path("users") + ":1: 'alice' has a plaintext password"));
    }
    SECTION("bad policy beside good users") {
        site.write_users({{"alice", "apricot"}});
        site.write_policy("user alice\nroll x\n");
        CHECK_FALSE(authority.reload(0s));
        CHECK(site.logged(site.path("policy") + ":2: unknown keyword"));
    }
    SECTION("a missing policy") {
        std::filesystem::remove(site.path("policy"));
        CHECK_FALSE(authority.reload(0s));
        CHECK(site.logged(site.path("policy")));
    }
    CHECK(site.logged("the users and policy from before stay in force"));
    CHECK(log_in(authority, alice, "alice", "apple", 0s));
    CHECK(authority.allows(Authority::Access::read, alice, "a/b", 0s));
    CHECK_FALSE(authority.allows(Authority::Access::write, alice, "a/b", 0s));
}

TEST_CASE("a bad file at the start is an error") {
    Site site;
    site.write_bad_users();
    CHECK_THROWS_AS(Authority(site.options(), site.log(), site.broker), InputError);
    std::filesystem::remove(site.path("users"));
    CHECK_THROWS_AS(Authority(site.options(), site.log(), site.broker), SystemError);
}

TEST_CASE("a changed file is taken within two seconds without a reload") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    tick_for(authority, 0s, 10s);
    CHECK_FALSE(site.logged("reloaded"));
    site.write_policy("user alice\ntopic write a/#\n");
    tick_for(authority, 10s, 12s);
    CHECK(authority.allows(Authority::Access::write, alice, "a/b", 12s));
    CHECK(site.broker.ended.empty());
}

TEST_CASE("only the sessions of users that changed or went are ended") {
    Site site;
    site.write_users({{"alice", "apple"}, {"bob", "banana"}, {"carol", "cherry"}});
    Authority authority(site.options(), site.log(), site.broker);
    auto users = authority.credentials().users();
    users.remove("alice");
    users.set("bob", PasswordHash::make("blueberry", 10));
    users.set("dave", PasswordHash::make("date", 10));
    site.write_users(users);
    tick_for(authority, 0s, 2s);
    CHECK(site.broker.ended == std::vector<std::string>{"alice", "bob"});
    tick_for(authority, 2s, 10s);
    CHECK(site.broker.ended.size() == 2);
    CHECK(site.times_logged("users and policy reloaded users=3 changed_or_removed=2") == 1);
}

TEST_CASE("a bad file is refused once and taken when it is good again") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    site.write_bad_users();
    tick_for(authority, 0s, 60s);
    CHECK(site.times_logged("reload refused") == 1);
    CHECK(log_in(authority, alice, "alice", "apple", 60s));
    CHECK(site.broker.ended.empty());
    site.write_users({{"alice", "apricot"}});
    tick_for(authority, 60s, 62s);
    CHECK(log_in(authority, alice, "alice", "apricot", 62s));
    CHECK(site.broker.ended == std::vector<std::string>{"alice"});
}

TEST_CASE("what SIGHUP has taken is not taken again") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    site.write_users({{"alice", "apricot"}});
    CHECK(authority.reload(0s));
    tick_for(authority, 0s, 10s);
    CHECK(site.times_logged("users and policy reloaded") == 1);
}

TEST_CASE("a reload is told with its outcome") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    CHECK(authority.reload(0s));
    site.write_bad_users();
    CHECK_FALSE(authority.reload(0s));
    REQUIRE(site.broker.published.size() == 2);
    CHECK(site.broker.published[0].topic == "holdfast/audit/reload");
    CHECK_THAT(site.broker.published[0].payload, ContainsSubstring("\"accepted\":true"));
    CHECK_THAT(site.broker.published[1].payload, ContainsSubstring("\"accepted\":false"));
    CHECK_THAT(site.broker.published[1].payload, ContainsSubstring("users:1: 'alice' has"));
}

TEST_CASE("clients that could not log in any more are cut and no others") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    const std::array<int, 3> handles{};
    CHECK(log_in(authority, {{"alice", "c1"}, "10.0.0.7", handles.data()}, "alice", "apple", 0s));
    CHECK(
        log_in(authority, {{"alice", "c2"}, "10.0.0.7", handles.data() + 1}, "alice", "apple", 0s));
    CHECK(
        log_in(authority, {{"alice", "c3"}, "11.0.0.7", handles.data() + 2}, "alice", "apple", 0s));
    CHECK(authority.sessions() == 3);
    authority.left(handles.data() + 1);
    site.write_policy("user alice\nfrom 11.0.0.7\n");
    tick_for(authority, 0s, 2s);
    CHECK(site.broker.ended_clients == std::vector<std::string>{"c1"});
    CHECK(site.broker.ended.empty());
}

TEST_CASE("a disabled user is cut and refused like an unknown one and comes back") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    CHECK(log_in(authority, alice, "alice", "apple", 0s));
    auto users = authority.credentials().users();
    users.disable("alice");
    site.write_users(users);
    tick_for(authority, 0s, 2s);
    CHECK(site.broker.ended == std::vector<std::string>{"alice"});
    CHECK_FALSE(log_in(authority, alice, "alice", "apple", 2s));
    CHECK(site.logged("reason=\"unknown user or wrong password\""));
    users.enable("alice");
    site.write_users(users);
    tick_for(authority, 2s, 4s);
    CHECK(log_in(authority, alice, "alice", "apple", 4s));
}
