#include "config/instant.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

TEST_CASE("a moment is a date or how long ago or now") {
    constexpr WallTime now(1'700'000'000'123'456);
    CHECK(config::parse_instant("now", now) == now);
    CHECK(config::parse_instant("2h", now) == now - 2h);
    CHECK(config::parse_instant("1.5d", now) == now - 36h);
    CHECK(config::parse_instant("1970-01-02", now) == 24h);
    CHECK(config::parse_instant("2023-11-14T22:13", now) == 1'699'999'980s);
    CHECK(config::parse_instant("2023-11-14T22:13:20Z", now) == 1'700'000'000s);
    CHECK(config::parse_instant("2023-11-14T22:13:20.123456Z", now) == now);
    CHECK(config::parse_instant("2024-02-29T00:00:00.5", now) == 1'709'164'800s + 500ms);
}

TEST_CASE("what is no moment is refused with examples of some") {
    for (const auto* const text : {"", "yesterday", "2023-13-01", "2023-02-29", "2023-11-14T25:00",
                                   "2023-11-14T22:13:20+01:00", "2023-11-14T22", "2023-11-14 22:13",
                                   "12", "2023-11-14T22:13:20.Z", "-2h"}) {
        INFO(text);
        CHECK_THROWS_WITH(config::parse_instant(text, WallTime(0)),
                          ContainsSubstring("is no time") && ContainsSubstring("2026-11-21"));
    }
}
