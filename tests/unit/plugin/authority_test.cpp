// What an Authority allows, and what it tells.
#include "authority_site.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

TEST_CASE("a denial says who and what and which line") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    CHECK(authority.allows(Authority::Access::read, alice, "a/b", 0s));
    CHECK_FALSE(authority.allows(Authority::Access::write, alice, "a/b", 0s));
    CHECK(site.logged("denied user=alice client=c1 address=10.0.0.7 access=write topic=a/b line=0 "
                      "reason=\"no rule allows it\""));
}

TEST_CASE("nobody may write where the audit is told") {
    Site site;
    site.write_policy("user alice\ntopic #\n");
    Authority authority(site.options(), site.log(), site.broker);
    CHECK_FALSE(authority.allows(Authority::Access::write, alice, "holdfast/audit/denied", 0s));
    CHECK(site.logged("reason=\"only the broker itself writes there\""));
    CHECK(authority.allows(Authority::Access::read, alice, "holdfast/audit/denied", 0s));
    CHECK(authority.allows(Authority::Access::write, alice, "holdfast/auditor", 0s));
}

TEST_CASE("only the daemon gives commands") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    const std::string kick = R"({"command":"kick-bridge"})";
    const Client daemon{{"holdfast-edge", "edge"}, "127.0.0.1"};
    authority.control(alice, kick, 0s);
    authority.control({{std::nullopt, "edge"}, "127.0.0.1"}, kick, 0s);
    authority.control({{"holdfast-edge", "holdfast-bridge"}, "127.0.0.1"}, kick, 0s);
    authority.control(daemon, "kick-bridge", 0s);
    CHECK(site.broker.ended_clients.empty());
    CHECK(site.times_logged("access=control topic=$CONTROL/holdfast/v1") == 4);
    CHECK(site.times_logged("reason=\"there is no such command\"") == 1);
    authority.control(daemon, kick, 0s);
    CHECK(site.broker.ended_clients == std::vector<std::string>{"holdfast-bridge"});
    CHECK(site.broker.published.back().topic == "holdfast/audit/control");
}

TEST_CASE("what the daemon says of a certificate is told in the audit and by nobody else") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    const std::string told = R"({"command":"certificate","name":"server","event":"ends soon"})";
    authority.control(alice, told, 0s);
    CHECK(site.times_logged("certificate name=server") == 0);
    authority.control({{"holdfast-edge", "edge"}, "127.0.0.1"}, told, 0s);
    CHECK(site.logged("certificate name=server event=\"ends soon\" client=edge"));
    CHECK(site.broker.published.back().topic == "holdfast/audit/certificate");
    CHECK(site.broker.published.back().payload.find(R"("event":"ends soon","client":"edge")") !=
          std::string::npos);
    CHECK(site.broker.ended_clients.empty());
}

TEST_CASE("what goes beyond a limit is denied with the line of the limit") {
    Site site;
    site.write_policy("role dev\n"                  // 1
                      "topic a/#\n"                 // 2
                      "limit publish 1/s burst 2\n" // 3
                      "limit payload 10B\n"         // 4
                      "limit subscriptions 1\n"     // 5
                      "user alice\nis dev\n"
                      "user bob\nis dev\n");
    Authority authority(site.options(), site.log(), site.broker);
    using Access = Authority::Access;
    const Client bob{{"bob", "c2"}, "10.0.0.8"};
    CHECK(authority.allows(Access::write, alice, "a/b", 1s, 10));
    CHECK_FALSE(authority.allows(Access::write, alice, "a/b", 1s, 11));
    CHECK(site.logged("topic=a/b line=4 reason=\"the payload is larger than the limit\""));
    CHECK(authority.allows(Access::write, alice, "a/b", 1s));
    CHECK_FALSE(authority.allows(Access::write, alice, "a/b", 1s));
    CHECK(site.logged("topic=a/b line=3 reason=\"more messages than the limit\""));
    CHECK(authority.allows(Access::write, bob, "a/b", 1s));
    CHECK(authority.allows(Access::write, alice, "a/b", 2s));
    CHECK(authority.allows(Access::subscribe, alice, "a/b", 1s));
    CHECK(authority.allows(Access::subscribe, alice, "a/b", 1s));
    CHECK_FALSE(authority.allows(Access::subscribe, alice, "a/c", 1s));
    CHECK(site.logged("topic=a/c line=5 reason=\"more subscriptions than the limit\""));
    authority.unsubscribed(alice, "a/b");
    CHECK(authority.allows(Access::subscribe, alice, "a/c", 1s));
    CHECK(authority.counters().limited == 3);
    CHECK(authority.counters().denied_write == 0);
}

TEST_CASE("what a client has subscribed to counts for as long as its session has it") {
    Site site;
    site.write_policy("user alice\ntopic a/#\nlimit subscriptions 1\n");
    Authority authority(site.options(), site.log(), site.broker);
    using Access = Authority::Access;
    auto anew = alice;
    anew.has_subscriptions = false;
    CHECK(authority.allows(Access::subscribe, anew, "a/b", 1s));
    CHECK_FALSE(authority.allows(Access::subscribe, alice, "a/c", 1s));
    CHECK(authority.allows(Access::subscribe, alice, "a/b", 1s));
    CHECK(authority.allows(Access::subscribe, anew, "a/c", 1s));
    CHECK_FALSE(authority.allows(Access::subscribe, alice, "a/b", 1s));
}

TEST_CASE("the sender of a retained message uses up no limit") {
    Site site;
    site.write_policy("user alice\ntopic a/#\nlimit publish 1/h\nlimit payload 1B\n");
    Authority authority(site.options(), site.log(), site.broker);
    const Client gone{{"alice", "c1"}, "", nullptr, false};
    for (int i = 0; i < 10; ++i) {
        CHECK(authority.allows(Authority::Access::write, gone, "a/b", 1s, 5));
    }
    CHECK(authority.allows(Authority::Access::write, alice, "a/b", 1s, 1));
}

TEST_CASE("counters are told each minute and soon after news and not more often") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    const auto told = [&] {
        return std::count_if(
            site.broker.published.begin(), site.broker.published.end(),
            [](const auto& message) { return message.topic == "holdfast/audit/counters"; });
    };
    tick_for(authority, 1s, 60s);
    CHECK(told() == 1);
    CHECK(site.broker.published.front().retain);
    tick_for(authority, 60s, 62s);
    CHECK(told() == 2);
    for (auto now = 62s; now < 72s; now += 1s) {
        log_in(authority, alice, "alice", "apple", now);
        tick_for(authority, now, now + 1s);
    }
    CHECK(told() == 4);
}
