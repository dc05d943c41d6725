// Who gets in, and how often one may try.
#include "authority_site.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

TEST_CASE("a refused login is logged without the password") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    CHECK(log_in(authority, alice, "alice", "apple", 0s));
    CHECK_FALSE(log_in(authority, alice, "alice", "hunter2", 0s));
    CHECK_FALSE(log_in(authority, alice, "alice", std::nullopt, 0s));
    CHECK(
        site.logged("login refused user=alice client=c1 address=10.0.0.7 reason=\"unknown user or "
                    "wrong password\""));
    CHECK(site.logged("reason=\"no password\""));
    CHECK_FALSE(site.logged("hunter2"));
}

TEST_CASE("wrong passwords from elsewhere do not lock a user out") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    const Client attacker{{"alice", "c2"}, "10.0.0.66"};
    for (int i = 0; i < 100; ++i) {
        CHECK_FALSE(log_in(authority, attacker, "alice", "guess", 1s));
    }
    CHECK(site.logged("reason=\"too many wrong passwords, not checked for a while\""));
    CHECK(log_in(authority, alice, "alice", "apple", 1s));
    CHECK_FALSE(log_in(authority, attacker, "alice", "apple", 1s));
}

TEST_CASE("a flood of wrong passwords from one address costs a few hashes") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    for (int i = 0; i < 1000; ++i) {
        const auto user = std::to_string(i % 100);
        CHECK_FALSE(log_in(authority, {{user, "c"}, "10.0.0.66"}, user, "guess", 1s));
    }
    CHECK(authority.credentials().slow_checks() == Guard::address_delays.free);
}

TEST_CASE("an address out of tries still lets in what was verified before") {
    Site site;
    site.write_users({{"alice", "apple"}, {"bob", "banana"}});
    Authority authority(site.options(), site.log(), site.broker);
    const Client bob{{"bob", "c2"}, alice.address};
    CHECK(log_in(authority, alice, "alice", "apple", 1s));
    for (int i = 0; i < 100; ++i) {
        const auto user = std::to_string(i);
        log_in(authority, {{user, "c"}, alice.address}, user, "guess", 1s);
    }
    const auto hashed = authority.credentials().slow_checks();
    CHECK(log_in(authority, alice, "alice", "apple", 1s));
    CHECK_FALSE(log_in(authority, bob, "bob", "banana", 1s));
    CHECK(authority.credentials().slow_checks() == hashed);
    for (int i = 0; i < 10; ++i) {
        log_in(authority, alice, "alice", "guess", 1s);
    }
    CHECK_FALSE(log_in(authority, alice, "alice", "apple", 1s));
    CHECK(log_in(authority, bob, "bob", "banana", 1h));
    CHECK(log_in(authority, alice, "alice", "apple", 1h));
}

TEST_CASE("what the broker asks about sessions after SIGHUP does not count") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    CHECK(authority.reload(1s));
    for (int i = 0; i < 100; ++i) {
        CHECK_FALSE(log_in(authority, alice, "alice", "old", 1s));
    }
    authority.tick(1s);
    CHECK(log_in(authority, alice, "alice", "apple", 1s));
    for (int i = 0; i < 10; ++i) {
        log_in(authority, alice, "alice", "guess", 2s);
    }
    CHECK_FALSE(log_in(authority, alice, "alice", "apple", 2s));
}

TEST_CASE("accepted files give everybody new tries and refused ones do not") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    for (int i = 0; i < 10; ++i) {
        log_in(authority, alice, "alice", "guess", 1s);
    }
    site.write_bad_users();
    CHECK_FALSE(authority.reload(1s));
    authority.tick(1s);
    CHECK_FALSE(log_in(authority, alice, "alice", "apple", 1s));
    site.write_users({{"alice", "apple"}});
    CHECK(authority.reload(1s));
    authority.tick(1s);
    CHECK(log_in(authority, alice, "alice", "apple", 1s));
}

TEST_CASE("who may be a user is said by the clientid and from lines of its blocks") {
    Site site;
    site.write_policy("user alice\nis dev\nclientid %u-*\nrole dev\nfrom 10.0.0.0/8\n");
    Authority authority(site.options(), site.log(), site.broker);
    CHECK(log_in(authority, {{"alice", "alice-1"}, "10.0.0.7"}, "alice", "apple", 0s));
    CHECK_FALSE(log_in(authority, {{"alice", "bob-1"}, "10.0.0.7"}, "alice", "apple", 0s));
    CHECK(site.logged("reason=\"the user may not log in with this client id\""));
    CHECK_FALSE(log_in(authority, {{"alice", "alice-1"}, "11.0.0.7"}, "alice", "apple", 0s));
    CHECK_FALSE(log_in(authority, {{"alice", "alice-1"}, ""}, "alice", "apple", 0s));
    CHECK(site.logged("reason=\"the user may not log in from this address\""));
}

TEST_CASE("a flood of logins from many addresses keeps nothing for each") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    const auto flood = [&](unsigned from, unsigned to) {
        for (unsigned i = from; i < to; ++i) {
            const auto address = fmt::format("10.{}.{}.{}", i >> 16U, (i >> 8U) & 255U, i & 255U);
            const auto user = i % 2 == 0 ? "alice" : "nobody" + std::to_string(i);
            authority.login({{{user, address}, address}, user, "guess"}, 1s);
        }
    };
    flood(0, 10'000);
    const auto sessions = authority.sessions();
    const auto told = site.broker.published.size();
    flood(10'000, 30'000);
    CHECK(authority.sessions() == sessions);
    CHECK(site.broker.published.size() == told);
    CHECK(log_in(authority, {{"alice", "home"}, "192.168.0.7"}, "alice", "apple", 1s));
}
