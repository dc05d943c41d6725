#include "edge/uplink/pace.hpp"
#include "support/catch.hpp"

#include <random>

using namespace holdfast;

TEST_CASE("what the pace holds back now may go at a later time than now") {
    std::mt19937_64 random(1);
    std::uniform_int_distribution<int> step(1, 30'000);
    uplink::Pace pace(80);
    uplink::Pace::Time now{0};
    int held_back = 0;
    for (int i = 0; i < 10'000; ++i) {
        now += uplink::Pace::Time(step(random));
        while (pace.may_take(now)) {
            pace.take();
        }
        ++held_back;
        CHECK(pace.next() > now);
        CHECK(pace.next() < now + std::chrono::milliseconds(13)); // an eightieth of a second
    }
    CHECK(held_back == 10'000);
}
