#include "edge/sensors/pipeline.hpp"
#include "support/catch.hpp"

#include <limits>
#include <random>
#include <vector>

using namespace holdfast;
using namespace holdfast::sensors;
using namespace std::chrono_literals;
using Kind = Outcome::Kind;

namespace {

config::SensorSettings settings() {
    return {.name = "room", .driver = "sim", .topic = TopicName("room"), .driver_keys = {}};
}

} // namespace

TEST_CASE("scale and offset turn the raw value into the reading") {
    auto given = settings();
    given.scale = 0.001;
    given.offset = -2;
    const auto outcome = Pipeline(given, Pace::ours).pass(42'000, 1s);
    CHECK(outcome.kind == Kind::reading);
    CHECK(outcome.value == 40);
}

TEST_CASE("a reading has the same value on every processor") {
    auto given = settings();
    given.scale = 0.1;
    given.offset = -4;
    Pipeline pipeline(given, Pace::ours);
    CHECK(pipeline.pass(50, 1s).value == 1); // rounded once, as arm64 can, it would not be
    CHECK(pipeline.pass(340, 2s).value == 30);
}

TEST_CASE("an implausible value is rejected with the bound it breaks") {
    auto given = settings();
    given.least = -10;
    given.greatest = 60;
    Pipeline pipeline(given, Pace::ours);
    CHECK(pipeline.pass(-10, 1s).kind == Kind::reading);
    CHECK(pipeline.pass(60, 2s).kind == Kind::reading);
    CHECK_THAT(pipeline.pass(-10.5, 3s).reason, ContainsSubstring("below min = -10"));
    CHECK_THAT(pipeline.pass(85, 4s).reason, ContainsSubstring("above max = 60"));
}

TEST_CASE("a value that is not finite is rejected before and after scaling") {
    auto given = settings();
    given.scale = 1e300;
    Pipeline pipeline(given, Pace::ours);
    CHECK(pipeline.pass(std::numeric_limits<double>::quiet_NaN(), 1s).kind == Kind::rejected);
    CHECK(pipeline.pass(1e300, 1s).kind == Kind::rejected);
}

TEST_CASE("a change smaller than the deadband is quiet until the heartbeat") {
    auto given = settings();
    given.deadband = 0.1;
    Pipeline pipeline(given, Pace::ours);
    CHECK(pipeline.pass(21.1, 0s).kind == Kind::reading);
    CHECK(pipeline.pass(21.15, 1s).kind == Kind::quiet);
    CHECK(pipeline.pass(21.2, 2s).kind == Kind::reading);
    for (int second = 3; second < 12; ++second) {
        CHECK(pipeline.pass(21.2, std::chrono::seconds(second)).kind == Kind::quiet);
    }
    CHECK(pipeline.pass(21.2, 11'990ms).kind == Kind::reading);
}

TEST_CASE("without a deadband each value is a reading") {
    Pipeline pipeline(settings(), Pace::ours);
    CHECK(pipeline.pass(1, 0s).kind == Kind::reading);
    CHECK(pipeline.pass(1, 1s).kind == Kind::reading);
}

TEST_CASE("after a restart the next value is a reading") {
    auto given = settings();
    given.deadband = 1;
    Pipeline pipeline(given, Pace::ours);
    pipeline.pass(5, 0s);
    pipeline.restart();
    CHECK(pipeline.pass(5, 1s).kind == Kind::reading);
}

TEST_CASE("a device that is too fast is thinned to one reading each period") {
    Pipeline pipeline(settings(), Pace::device);
    int readings = 0;
    for (int tick = 0; tick < 1000; ++tick) {
        readings += pipeline.pass(tick, tick * 10ms).kind == Kind::reading ? 1 : 0;
    }
    CHECK(readings >= 10);
    CHECK(readings <= 11);
}

TEST_CASE("a device at the pace of the period loses nothing to jitter") {
    Pipeline pipeline(settings(), Pace::device);
    for (int tick = 0; tick < 100; ++tick) {
        const auto jitter = tick % 2 == 0 ? 20ms : -20ms;
        CHECK(pipeline.pass(tick, tick * 1000ms + jitter).kind == Kind::reading);
    }
}

TEST_CASE("a device that is slower than the period loses nothing") {
    Pipeline pipeline(settings(), Pace::device);
    for (int tick = 0; tick < 20; ++tick) {
        CHECK(pipeline.pass(tick, tick * 3s).kind == Kind::reading);
    }
}

TEST_CASE("the median takes away spikes and follows a step") {
    auto given = settings();
    given.median = 3;
    Pipeline pipeline(given, Pace::ours);
    std::vector<double> values;
    BootTime at{};
    for (const double raw : {20.0, 20.5, 900.0, 20.5, -40.0, 21.0, 30.0, 31.0, 31.0}) {
        values.push_back(pipeline.pass(raw, at += 1s).value);
    }
    CHECK(values == std::vector<double>{20, 20, 20.5, 20.5, 20.5, 20.5, 21, 30, 31});
}

TEST_CASE("what is implausible never enters the median") {
    auto given = settings();
    given.median = 3;
    given.greatest = 100;
    Pipeline pipeline(given, Pace::ours);
    CHECK(pipeline.pass(20, 1s).value == 20);
    CHECK(pipeline.pass(900, 2s).kind == Kind::rejected);
    CHECK(pipeline.pass(900, 3s).kind == Kind::rejected);
    CHECK(pipeline.pass(22, 4s).value == 20);
}

TEST_CASE("a mean is over the values of each period") {
    auto given = settings();
    given.mean = true;
    given.sample_every = 100ms;
    Pipeline pipeline(given, Pace::ours);
    std::vector<double> readings;
    for (int sample = 0; sample <= 30; ++sample) {
        const auto outcome = pipeline.pass(sample, sample * 100ms);
        if (outcome.kind == Kind::reading) {
            readings.push_back(outcome.value);
        }
    }
    CHECK(readings == std::vector<double>{5, 15.5, 25.5});
}

TEST_CASE("a mean over a device's own pace is one reading a period and loses no value",
          "[random]") {
    std::mt19937 random(Catch::rngSeed());
    auto given = settings();
    given.mean = true;
    given.every = 10s;
    Pipeline pipeline(given, Pace::device);
    int readings = 0;
    BootTime at{};
    while (at < 1000s) {
        at += std::chrono::milliseconds(500 + random() % 1000);
        readings += pipeline.pass(7, at).kind == Kind::reading ? 1 : 0;
    }
    CHECK(readings >= 97);
    CHECK(readings <= 101);
}

TEST_CASE("the heartbeat has a length of its own") {
    auto given = settings();
    given.deadband = 1;
    given.heartbeat = 3s;
    Pipeline pipeline(given, Pace::ours);
    std::vector<int> readings;
    for (int second = 0; second < 10; ++second) {
        if (pipeline.pass(5, std::chrono::seconds(second)).kind == Kind::reading) {
            readings.push_back(second);
        }
    }
    CHECK(readings == std::vector<int>{0, 3, 6, 9});
}

TEST_CASE("another period is in force with the next value") {
    auto given = settings();
    given.every = 1h;
    Pipeline pipeline(given, Pace::device);
    CHECK(pipeline.pass(1, 0s).kind == Kind::reading);
    CHECK(pipeline.pass(1, 10s).kind == Kind::quiet);
    pipeline.set_every(1s);
    CHECK(pipeline.pass(1, 11s).kind == Kind::reading);
    CHECK(pipeline.pass(1, 12s).kind == Kind::reading);
    pipeline.set_every(1h);
    CHECK(pipeline.pass(1, 13s).kind == Kind::quiet);
}
