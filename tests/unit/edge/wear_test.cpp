#include "edge/wear.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::edge;
using namespace std::chrono_literals;

TEST_CASE("wear is told a reading and a day ahead") {
    WearMeter meter;
    CHECK_FALSE(meter.bytes_per_reading());
    CHECK_FALSE(meter.bytes_per_day());
    meter.add(0s, 1000, 0);
    CHECK_FALSE(meter.bytes_per_reading());
    meter.add(1s, 1500, 10);
    CHECK(meter.bytes_per_reading() == 50);
    CHECK_FALSE(meter.bytes_per_day()); // too early to say
    meter.add(100s, 11'000, 100);
    CHECK(meter.bytes_per_reading() == 100);
    CHECK(*meter.bytes_per_day() == Approx(100.0 * 86'400));
}

TEST_CASE("wear follows the last hour and forgets what was before") {
    WearMeter meter;
    std::uint64_t written = 0;
    for (int second = 0; second < 3 * 3600; ++second) {
        written += second < 3600 ? 1000 : 10;
        meter.add(std::chrono::seconds(second), written, static_cast<std::uint64_t>(second));
    }
    CHECK(*meter.bytes_per_reading() == Approx(10));
    CHECK(*meter.bytes_per_day() == Approx(864'000));
}

TEST_CASE("nothing stored in the last hour gives no figure a reading") {
    WearMeter meter;
    for (int minute = 0; minute < 200; ++minute) {
        meter.add(std::chrono::minutes(minute), 5, minute < 60 ? 1U : 2U);
    }
    CHECK_FALSE(meter.bytes_per_reading());
    CHECK(meter.bytes_per_day() == 0);
}
