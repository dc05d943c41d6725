#include "core/error.hpp"
#include "plugin/limits.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

TEST_CASE("a limit is read with its unit") {
    const auto publish = Limits::parse("publish 10/s burst 50", 3).publish;
    REQUIRE(publish);
    CHECK(publish->messages == 10);
    CHECK(publish->period == 1s);
    CHECK(publish->burst == 50);
    CHECK(publish->line == 3);
    CHECK(Limits::parse("publish 6/min", 1).publish->burst == 6);
    CHECK(Limits::parse("publish 6/h", 1).publish->period == 1h);
    CHECK(Limits::parse("payload 4KiB", 1).payload_bytes->most == 4096);
    CHECK(Limits::parse("subscriptions 0", 1).subscriptions->most == 0);
}

TEST_CASE("what is no limit is refused") {
    const auto text = GENERATE(as<std::string>(), "", "publish", "publish 10", "publish 0/s",
                               "publish 10/day", "publish 10/s burst", "publish 10/s bursts 5",
                               "publish 10/s burst 0", "publish x/s", "publish 1000001/s",
                               "publish 1/s burst 5 6", "payload", "payload 4", "payload 4KiB 5",
                               "subscriptions -1", "subscriptions many", "speed 3");
    CAPTURE(text);
    CHECK_THROWS_AS(Limits::parse(text, 1), Error);
}

TEST_CASE("of two limits the strictest counts") {
    auto limits = Limits::parse("publish 1/s", 1);
    limits.tighten(Limits::parse("publish 59/min", 2));
    CHECK(limits.publish->line == 2);
    limits.tighten(Limits::parse("publish 60/min", 3));
    CHECK(limits.publish->line == 2);
    limits.tighten(Limits::parse("publish 59/min burst 3", 4));
    CHECK(limits.publish->line == 4);
    limits.tighten(Limits::parse("payload 2B", 5));
    limits.tighten(Limits::parse("payload 3B", 6));
    CHECK(limits.payload_bytes->line == 5);
    CHECK_FALSE(limits.subscriptions);
}
