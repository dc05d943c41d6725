#include "config/quantity.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::config;
using namespace std::chrono_literals;

TEST_CASE("durations and sizes are read with their units") {
    CHECK(parse_duration("0") == 0ms);
    CHECK(parse_duration("500ms") == 500ms);
    CHECK(parse_duration("1.5min") == 90s);
    CHECK(parse_duration("30 d") == 720h);
    CHECK(parse_size("512MiB") == 512U * 1024 * 1024);
    CHECK(parse_size("1kB") == 1000);
    CHECK(parse_integer("-3", -5, 5) == -3);
    CHECK(parse_number("-2.5e3") == -2500.0);
}

TEST_CASE("a quantity without its unit or with a strange one is refused") {
    const auto text = GENERATE(values<std::string>(
        {"", "5", "s", "5 sec", "-1s", "nan", "inf", "1e30d", "5s5", "5KB", "0x5s", "5MiB x"}));
    CAPTURE(text);
    CHECK_THROWS_AS(parse_duration(text), Error);
    CHECK_THROWS_AS(parse_size(text), Error);
}

TEST_CASE("a number out of range or with something behind it is refused") {
    CHECK_THROWS_WITH(parse_integer("70000", 1, 65'535), ContainsSubstring("from 1 to 65535"));
    CHECK_THROWS_AS(parse_integer("12x", 1, 100), Error);
    CHECK_THROWS_AS(parse_number("inf"), Error);
    CHECK_THROWS_AS(parse_number("1,5"), Error);
}
