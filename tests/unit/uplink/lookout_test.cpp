#include "edge/uplink/lookout.hpp"
#include "support/catch.hpp"

#include <functional>
#include <vector>

using namespace holdfast::uplink;
using namespace std::chrono_literals;

namespace {

using Answer = Lookout::Answer;

/// What the network does with a try that begins at this time.
using Network = std::function<Answer(Time)>;

struct Course {
    std::vector<Time> kicks;
    int tries = 0;
};

/// As the shell does: a try without an answer is given up after 2 s, others end at once.
Course watch(Lookout& lookout, const Network& network, Time from, Time until) {
    Course course;
    for (auto now = from; now <= until;) {
        if (lookout.take_try(now)) {
            ++course.tries;
            const auto answer = network(now);
            now += answer == Answer::none ? 2s : 20ms;
            lookout.answer(answer, now);
        }
        if (lookout.take_kick()) {
            course.kicks.push_back(now);
        }
        const auto next = lookout.wake();
        if (!next) {
            break;
        }
        now = std::max(now, *next);
    }
    return course;
}

Course outage(const Network& network, Time until) {
    Lookout lookout;
    lookout.link(false, 0s);
    return watch(lookout, network, 0s, until);
}

Network back_at(Time when, Answer before) {
    return [=](Time now) { return now < when ? before : Answer::taken; };
}

} // namespace

TEST_CASE("the bridge hears of a network that is back after packets vanished") {
    for (const Time length : {4s, 20s, 61s, 3600s}) {
        const auto course = outage(back_at(length, Answer::none), length + 9s);
        REQUIRE(course.kicks.size() == 1);
        CHECK(course.kicks.front() >= length);
        CHECK(course.kicks.front() < length + 2100ms);
        CHECK(course.tries >= length / 2s);
    }
}

TEST_CASE("the bridge hears of the end of a silence also where refusals end it") {
    const auto course = outage(
        [](Time now) {
            return now < 30s ? Answer::none : now < 300s ? Answer::refused : Answer::taken;
        },
        305s);
    REQUIRE(course.kicks.size() == 1);
    CHECK(course.kicks.front() < 33s);
}

TEST_CASE("a bridge that is refused or has only just lost its link is left alone") {
    CHECK(outage(back_at(100s, Answer::refused), 108s).kicks.empty());
    CHECK(outage(back_at(2s, Answer::none), 9s).kicks.empty());
    CHECK(outage(back_at(0s, Answer::none), 9s).kicks.empty());
}

TEST_CASE("a port that answers while the bridge stays away is asked about less and less often") {
    const auto day = outage(back_at(0s, Answer::none), 24h);
    CHECK(day.tries < 24 * 60 + 20);
    // After 10, 20, 40 ... seconds, then every five minutes.
    CHECK(day.kicks.size() > 24 * 60 / 5 - 10);
    CHECK(day.kicks.size() < 24 * 60 / 5 + 10);
    for (std::size_t i = 1; i < day.kicks.size(); ++i) {
        CHECK(day.kicks[i] - day.kicks[i - 1] >= 10s);
    }
}

TEST_CASE("a network that comes and goes does not keep the bridge from connecting") {
    const auto course =
        outage([](Time now) { return now % 6s < 4s ? Answer::none : Answer::taken; }, 600s);
    CHECK(course.kicks.size() > 10);
    for (std::size_t i = 1; i < course.kicks.size(); ++i) {
        CHECK(course.kicks[i] - course.kicks[i - 1] >= 10s);
    }
}

TEST_CASE("nothing is tried while the bridge is connected or nobody knows") {
    Lookout lookout;
    CHECK_FALSE(lookout.wake());
    CHECK_FALSE(lookout.take_try(1s));
    lookout.link(false, 2s);
    CHECK(lookout.wake() == Time(2s));
    lookout.link(true, 3s);
    CHECK_FALSE(lookout.wake());
    CHECK_FALSE(lookout.take_try(4s));
    lookout.link(false, 5s);
    lookout.pause();
    CHECK_FALSE(lookout.wake());
    CHECK_FALSE(lookout.take_try(6s));
}

TEST_CASE("an answer that comes too late to matter does nothing") {
    Lookout lookout;
    lookout.link(false, 0s);
    watch(lookout, back_at(10s, Answer::none), 0s, 8s);
    REQUIRE(lookout.take_try(10s));
    lookout.link(true, 11s);
    lookout.answer(Answer::taken, 11s);
    CHECK_FALSE(lookout.take_kick());
    // And the next outage begins with a try.
    lookout.link(false, 20s);
    CHECK(lookout.take_try(20s));
}
