#include "cli/drill/course.hpp"
#include "cli/drill/report.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::cli::drill;
using namespace std::chrono_literals;

using Phase = Course::Phase;

namespace {

Course::Time at(std::chrono::milliseconds time) {
    return Course::Time(time);
}

View view(Seq last, std::uint64_t pending = 0, std::uint64_t lost = 0) {
    return {.epoch = "e", .last = last, .pending = pending, .lost = lost};
}

/// A minute of outage that has begun at 0 with 100 rows stored.
Course begun() {
    Course course(60s, 5min);
    course.tick(at(0s));
    course.status(view(100), at(0s));
    course.link(true, at(0s));
    return course;
}

/// The same at its end, with rows 101 to 160 stored.
Course ended() {
    auto course = begun();
    course.link(false, at(1s));
    course.tick(at(60s));
    course.status(view(160, 60), at(61s));
    return course;
}

} // namespace

TEST_CASE("a drill begins when it knows the status and the link is up") {
    Course course(60s, 5min);
    course.link(false, at(0s));
    course.status(view(100), at(1s));
    CHECK(course.phase() == Phase::waiting);
    CHECK_FALSE(course.wants_cut(at(1s)));
    course.link(true, at(2s));
    CHECK(course.phase() == Phase::cut);
    CHECK(course.wants_cut(at(2s)));
}

TEST_CASE("a drill that cannot begin says why") {
    Course deaf(60s, 5min);
    deaf.tick(at(0s));
    deaf.link(true, at(1s));
    deaf.tick(at(19s));
    CHECK(deaf.phase() == Phase::waiting);
    deaf.tick(at(20s));
    CHECK(deaf.phase() == Phase::over);
    CHECK_THAT(deaf.result().trouble, ContainsSubstring("does not tell its status"));

    Course down(60s, 5min);
    down.tick(at(0s));
    down.status(view(100), at(1s));
    down.link(false, at(1s));
    down.tick(at(20s));
    CHECK(down.phase() == Phase::over);
    CHECK_THAT(down.result().trouble, ContainsSubstring("down already"));

    Course alone(60s, 5min);
    alone.unreachable("Connection refused");
    CHECK(alone.phase() == Phase::over);
    CHECK_THAT(alone.result().trouble, ContainsSubstring("the local broker"));
    auto running = begun();
    running.unreachable("it restarts");
    CHECK(running.phase() == Phase::cut);
}

TEST_CASE("the bridge is cut whenever it comes back within the outage and not after") {
    auto course = begun();
    CHECK(course.wants_cut(at(0s)));
    CHECK_FALSE(course.wants_cut(at(100ms)));
    CHECK(course.wants_cut(at(600ms))); // the first cut came to nothing
    course.link(false, at(700ms));
    CHECK_FALSE(course.wants_cut(at(2s)));
    course.link(true, at(2s));
    CHECK(course.wants_cut(at(2s)));
    course.tick(at(60s));
    CHECK(course.phase() == Phase::catching_up);
    course.link(true, at(61s));
    CHECK_FALSE(course.wants_cut(at(61s)));
    CHECK(course.result().cuts == 3);
    CHECK(course.result().outage == 60s);
    CHECK(course.result().link_after == 1s);
}

TEST_CASE("a drill is passed when all that the outage stored has its receipt") {
    auto course = ended();
    REQUIRE(course.stored());
    CHECK(*course.stored() == SeqRange{101, 160});
    course.missing(60, at(62s));
    CHECK(course.phase() == Phase::catching_up);
    course.link(true, at(63s));
    // What came later is not part of it.
    course.status(view(170, 10), at(64s));
    CHECK(*course.stored() == SeqRange{101, 160});
    course.missing(0, at(65s));
    CHECK(course.phase() == Phase::over);
    CHECK(course.result().trouble.empty());
    CHECK(course.result().buffered == 60);
    CHECK(course.result().proved_after == 5s);
}

TEST_CASE("a drill is not passed when receipts or the link or rows are missing") {
    SECTION("receipts") {
        auto course = ended();
        course.link(true, at(62s));
        course.missing(3, at(70s));
        course.tick(at(60s + 5min));
        CHECK_THAT(course.result().trouble, ContainsSubstring("its receipt"));
        CHECK(course.result().missing == 3);
    }
    SECTION("the link") {
        auto course = ended();
        course.tick(at(60s + 5min));
        CHECK_THAT(course.result().trouble, ContainsSubstring("did not come back"));
    }
    SECTION("rows that a full spool gave up") {
        auto course = ended();
        course.link(true, at(62s));
        course.status(view(170, 5, 7), at(63s));
        course.missing(0, at(64s));
        CHECK_THAT(course.result().trouble, ContainsSubstring("gave up"));
        CHECK(course.result().lost == 7);
    }
    SECTION("the spool itself") {
        auto course = ended();
        auto other = view(3);
        other.epoch = "another";
        course.status(other, at(62s));
        CHECK_THAT(course.result().trouble, ContainsSubstring("new spool"));
    }
}

TEST_CASE("an interrupt ends the outage and another one the drill") {
    auto course = begun();
    course.interrupt(at(10s));
    CHECK(course.phase() == Phase::catching_up);
    CHECK(course.result().outage == 10s);
    course.interrupt(at(11s));
    CHECK(course.phase() == Phase::over);
    CHECK(course.result().trouble == "interrupted");
}

TEST_CASE("a status is read or is none") {
    const auto read =
        View::parse(R"({"spool":{"epoch":"e1","last_seq":7,"lost":{"thinned":2,"dropped":1}},)"
                    R"("uplink":{"pending":4}})");
    REQUIRE(read);
    CHECK(read->epoch == "e1");
    CHECK(read->last == 7);
    CHECK(read->pending == 4);
    CHECK(read->lost == 3);
    for (const auto* text :
         {"", "1", "{}", R"({"online":false})", R"({"spool":{},"uplink":{}})",
          R"({"spool":{"epoch":1,"last_seq":7,"lost":{}},"uplink":{"pending":4}})",
          R"({"spool":{"epoch":"e","last_seq":"x","lost":{}},"uplink":{"pending":4}})"}) {
        CAPTURE(text);
        CHECK_FALSE(View::parse(text));
    }
}

TEST_CASE("the report of a drill says what was measured and the verdict") {
    auto course = ended();
    course.link(true, at(62s));
    course.missing(0, at(65s));
    const auto passed = report("garden", std::chrono::system_clock::time_point{}, course.result());
    CHECK_THAT(passed, ContainsSubstring("Drill of 1970-01-01 00:00:00 UTC at garden"));
    CHECK_THAT(passed, ContainsSubstring("60 readings and messages"));
    CHECK_THAT(passed, ContainsSubstring("Every reading arrived."));
    auto missed = course.result();
    missed.trouble = "interrupted";
    CHECK_THAT(report("garden", {}, missed), ContainsSubstring("NOT PASSED: interrupted."));
}
