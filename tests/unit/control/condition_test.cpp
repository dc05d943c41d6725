#include "core/error.hpp"
#include "edge/control/condition.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <random>

using namespace holdfast;
using namespace holdfast::control;
using namespace std::chrono_literals;

namespace {

std::optional<bool> with(const std::string& text, double a, std::optional<double> b = {}) {
    auto condition = Condition::parse(text);
    condition.start(0s);
    condition.reading("a", a, 1s);
    if (b) {
        condition.reading("b", *b, 1s);
    }
    return condition.holds(1s);
}

} // namespace

TEST_CASE("comparisons and their combinations") {
    struct Row {
        std::string text;
        double a;
        std::optional<double> b;
        std::optional<bool> holds;
    };
    const auto row = GENERATE(values<Row>({
        {"a > 5", 5, {}, false},
        {"a>5", 5.1, {}, true},
        {"a >= 5", 5, {}, true},
        {"a < 5", 5, {}, false},
        {"a <= 5", 5, {}, true},
        {"a == 5", 5, {}, true},
        {"a != 5", 5, {}, false},
        {"a > -1e3", -999, {}, true},
        {"a > 5 and b > 5", 6, 6, true},
        {"a > 5 and b > 5", 6, 4, false},
        {"a > 5 or b > 5", 4, 6, true},
        {"a > 5 or b > 5 and b > 7", 6, 6, true},
        {"(a > 5 or b > 5) and b > 7", 6, 6, false},
        // What is not known decides nothing.
        {"b > 5", 6, {}, {}},
        {"a > 5 and b > 5", 6, {}, {}},
        {"a > 5 and b > 5", 4, {}, false},
        {"a > 5 or b > 5", 6, {}, true},
        {"a > 5 or b > 5", 4, {}, {}},
        {"mean(a, 2) > 1", 6, {}, {}},
        {"change(a, 1min) > 1", 6, {}, {}},
    }));
    CAPTURE(row.text);
    CHECK(with(row.text, row.a, row.b) == row.holds);
}

TEST_CASE("a condition that does not parse is refused with what was expected") {
    struct Row {
        std::string text;
        std::string message;
    };
    const auto row = GENERATE(values<Row>({
        {"", "the name of a sensor is expected at its end"},
        {"a", "one of > >= < <= == != is expected at its end"},
        {"a >", "a number or a time is expected at its end"},
        {"a > x", "\"x\" is no"},
        {"a > nan", "\"nan\" is no"},
        {"a = 5", "in place of \"=\""},
        {"a > 5 b > 5", "'and', 'or' or the end is expected in place of \"b\""},
        {"a > 5 and", "the name of a sensor is expected at its end"},
        {"(a > 5", "')' is expected at its end"},
        {"a > 5)", "'and', 'or' or the end"},
        {"mean(a) > 5", "',' is expected in place of \")\""},
        {"mean(a, 0) > 5", "\"0\" is no whole number"},
        {"mean(a, 20000) > 5", "\"20000\" is no whole number"},
        {"max(a, 3) > 5", "there is no function 'max'"},
        {"change(a, 5) > 5", "\"5\" is no duration"},
        {"silent(a, 0)", "a time longer than 0"},
        {"silent(a, 5s) > 5", "'and', 'or' or the end"},
    }));
    CAPTURE(row.text);
    CHECK_THROWS_WITH(Condition::parse(row.text), ContainsSubstring(row.message));
    CHECK_THROWS_AS(Condition::parse(std::string(1000, '(')), Error);
}

TEST_CASE("hysteresis keeps a comparison until the value came back far enough") {
    auto high = Condition::parse("a > 10", 2);
    auto low = Condition::parse("a < 10", 2);
    const auto at = [](Condition& condition, double value) {
        condition.reading("a", value, 1s);
        return condition.holds(1s).value();
    };
    CHECK_FALSE(at(high, 10));
    CHECK(at(high, 10.1));
    CHECK(at(high, 8.1));
    CHECK_FALSE(at(high, 8));
    CHECK_FALSE(at(high, 9.9));
    CHECK_FALSE(at(low, 10));
    CHECK(at(low, 9.9));
    CHECK(at(low, 11.9));
    CHECK_FALSE(at(low, 12));
}

TEST_CASE("the mean is of the last N readings") {
    auto condition = Condition::parse("mean(a, 3) > 10");
    for (const double value : {100.0, 9.0}) {
        condition.reading("a", value, 1s);
        CHECK_FALSE(condition.holds(1s).has_value());
    }
    condition.reading("a", 9, 1s);
    CHECK(condition.holds(1s) == true);
    condition.reading("a", 9, 1s);
    CHECK(condition.holds(1s) == false);
}

TEST_CASE("the change is against the oldest reading in the window") {
    auto condition = Condition::parse("change(a, 10s) >= 5");
    condition.reading("a", 0, 0s);
    CHECK_FALSE(condition.holds(0s).has_value());
    condition.reading("a", 4, 8s);
    CHECK(condition.holds(8s) == false);
    condition.reading("a", 5, 10s);
    CHECK(condition.holds(10s) == true);
    condition.reading("a", 8, 11s); // the window begins at 1 s: the oldest is the 4
    CHECK(condition.holds(11s) == false);
}

TEST_CASE("a window of any length takes bounded memory and keeps its ends") {
    auto condition = Condition::parse("change(a, 24h) >= 1000000");
    for (int i = 0; i <= 1'000'000; ++i) {
        condition.reading("a", i, i * 10ms);
    }
    CHECK(condition.holds(10'000s) == true);
}

TEST_CASE("silence holds once nothing was read for its time") {
    auto condition = Condition::parse("silent(a, 5s)");
    condition.start(10s);
    CHECK(condition.holds(14s) == false);
    CHECK(condition.wake(14s) == BootTime(15s));
    CHECK(condition.holds(15s) == true);
    CHECK_FALSE(condition.wake(15s).has_value());
    condition.reading("a", 1, 20s);
    CHECK(condition.holds(20s) == false);
    CHECK(condition.wake(20s) == BootTime(25s));
}

TEST_CASE("a comparison and its opposite are never both true", "[random]") {
    std::mt19937 random(Catch::rngSeed());
    std::uniform_real_distribution<double> value(-10, 10);
    for (int round = 0; round < 2000; ++round) {
        const auto bound = fmt::format("{:.2f}", value(random));
        auto greater = Condition::parse("a > " + bound);
        auto at_most = Condition::parse("a <= " + bound);
        const double read = value(random);
        greater.reading("a", read, 1s);
        at_most.reading("a", read, 1s);
        CHECK(greater.holds(1s).value() != at_most.holds(1s).value());
    }
}
