#include "plugin/guard.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

using Verdict = Guard::Verdict;

namespace {

void fail(Guard& guard, std::string_view user, std::string_view address, unsigned times,
          BootTime now = 1s) {
    for (unsigned i = 0; i < times; ++i) {
        guard.failed(guard.judge(user, address, now), now);
    }
}

Verdict verdict(const Guard& guard, std::string_view user, std::string_view address,
                BootTime now = 1s) {
    return guard.judge(user, address, now).verdict();
}

} // namespace

TEST_CASE("what counts as one address") {
    CHECK(network_of("10.0.0.7") == "10.0.0.7");
    CHECK(network_of("::ffff:10.0.0.7") == "10.0.0.7");
    CHECK(network_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    CHECK(network_of("2001:db8:1:2::1") == "2001:db8:1:2::/64");
    CHECK(network_of("2001:db8:1:3::1") == "2001:db8:1:3::/64");
    CHECK(network_of("") == "");
    CHECK(network_of("/run/broker.sock") == "/run/broker.sock");
}

TEST_CASE("wrong passwords lock the pair and neither the user nor the address") {
    Guard guard;
    fail(guard, "alice", "10.0.0.66", Guard::pair_delays.free);
    CHECK(verdict(guard, "alice", "10.0.0.66") == Verdict::refuse);
    CHECK(verdict(guard, "alice", "10.0.0.7") == Verdict::check);
    CHECK(verdict(guard, "bob", "10.0.0.66") == Verdict::check);
    CHECK(verdict(guard, "alice", "10.0.0.66", 1s + Guard::pair_delays.first) == Verdict::check);
}

TEST_CASE("trying while locked does not prolong the lock") {
    Guard guard;
    fail(guard, "alice", "10.0.0.66", 1000);
    CHECK(verdict(guard, "alice", "10.0.0.66", 1s + Guard::pair_delays.first) == Verdict::check);
}

TEST_CASE("wrong passwords of many users lock the address out of hashing") {
    Guard guard;
    for (unsigned i = 0; i < Guard::address_delays.free; ++i) {
        fail(guard, std::to_string(i), "10.0.0.66", 1);
    }
    CHECK(verdict(guard, "alice", "10.0.0.66") == Verdict::known_only);
    CHECK(verdict(guard, "alice", "::ffff:10.0.0.66") == Verdict::known_only);
    CHECK(verdict(guard, "alice", "10.0.0.7") == Verdict::check);
    fail(guard, "alice", "10.0.0.66", Guard::pair_delays.free);
    CHECK(verdict(guard, "alice", "10.0.0.66") == Verdict::refuse);
    CHECK(verdict(guard, "bob", "10.0.0.66") == Verdict::known_only);
    CHECK(verdict(guard, "alice", "10.0.0.66", 1s + Guard::address_delays.first) == Verdict::check);
}

TEST_CASE("a success forgives the pair and not the address") {
    Guard guard;
    for (unsigned i = 0; i < 20; ++i) {
        fail(guard, std::to_string(i), "10.0.0.66", 1, 1s * i * 100);
    }
    fail(guard, "alice", "10.0.0.66", 2, 2000s);
    guard.succeeded(guard.judge("alice", "10.0.0.66", 2060s));
    fail(guard, "alice", "10.0.0.66", 1, 2060s);
    CHECK(verdict(guard, "alice", "10.0.0.66", 2060s) == Verdict::known_only);
    CHECK(verdict(guard, "alice", "10.0.0.66", 2060s + Guard::address_delays.longest) ==
          Verdict::check);
}

TEST_CASE("a flood from many addresses drives out no more than its own kind") {
    Guard guard;
    for (unsigned i = 0; i < 100'000; ++i) {
        fail(guard, "alice", std::to_string(i), 1, BootTime(i));
    }
    CHECK(verdict(guard, "alice", "10.0.0.7") == Verdict::check);
    fail(guard, "alice", "10.0.0.66", Guard::pair_delays.free);
    CHECK(verdict(guard, "alice", "10.0.0.66") == Verdict::refuse);
}
