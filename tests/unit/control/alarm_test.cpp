#include "core/error.hpp"
#include "edge/control/alarm.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::control;
using namespace std::chrono_literals;

namespace {

config::AlarmSettings settings(const std::string& when) {
    return {.name = "hot", .when = when, .when_where = "c:7", .topic = TopicName("alarms/hot")};
}

Alarm make(const config::AlarmSettings& settings, bool raised_before = false) {
    return {settings, {"room", "cellar"}, raised_before, 0s};
}

} // namespace

TEST_CASE("an alarm is raised once and cleared once") {
    auto alarm = make(settings("room > 30"));
    CHECK_FALSE(alarm.reading("room", 29, 1s));
    const auto raised = alarm.reading("room", 31, 2s);
    REQUIRE(raised);
    CHECK(raised->raised);
    CHECK(raised->at == BootTime(2s));
    CHECK_FALSE(alarm.reading("room", 32, 3s));
    const auto cleared = alarm.reading("room", 30, 4s);
    REQUIRE(cleared);
    CHECK_FALSE(cleared->raised);
    CHECK_FALSE(alarm.reading("room", 30, 5s));
}

TEST_CASE("a condition must hold for its time without a break") {
    auto given = settings("room > 30");
    given.hold = 10s;
    auto alarm = make(given);
    CHECK_FALSE(alarm.reading("room", 31, 1s));
    CHECK(alarm.wake(1s) == BootTime(11s));
    CHECK_FALSE(alarm.reading("room", 29, 5s));
    CHECK_FALSE(alarm.wake(5s));
    CHECK_FALSE(alarm.reading("room", 31, 6s));
    CHECK_FALSE(alarm.tick(15'999ms));
    const auto raised = alarm.tick(16s);
    REQUIRE(raised);
    CHECK(raised->raised);
}

TEST_CASE("silence raises by time alone and the next reading clears") {
    auto alarm = make(settings("silent(room, 30s)"));
    CHECK(alarm.wake(0s) == BootTime(30s));
    REQUIRE(alarm.tick(30s));
    CHECK(alarm.raised());
    const auto cleared = alarm.reading("room", 20, 40s);
    REQUIRE(cleared);
    CHECK_FALSE(cleared->raised);
}

TEST_CASE("an alarm that was raised before a restart stays so until it is known not to hold") {
    auto alarm = make(settings("room > 30 and cellar > 10"), true);
    CHECK_FALSE(alarm.tick(1s));
    CHECK_FALSE(alarm.reading("room", 31, 2s));
    CHECK(alarm.raised());
    const auto cleared = alarm.reading("cellar", 5, 3s);
    REQUIRE(cleared);
    CHECK_FALSE(cleared->raised);
}

TEST_CASE("a condition with a fault is refused at its line") {
    CHECK_THROWS_WITH(make(settings("room >")), ContainsSubstring("c:7: when: a number"));
    CHECK_THROWS_WITH(make(settings("rom > 1")),
                      ContainsSubstring("c:7: when: there is no [sensor rom]; did you mean "
                                        "'room'?"));
}
