#include "edge/sensors/line_parser.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace holdfast::sensors;

TEST_CASE("the only number of a line is found") {
    struct Row {
        std::string line;
        double value;
    };
    const auto row = GENERATE(values<Row>({
        {"21.37", 21.37},
        {"21.37\r", 21.37},
        {"  -4 ", -4},
        {"+.5", 0.5},
        {"5.", 5},
        {"-1e-3", -1e-3},
        {"T,23.10", 23.1},
        {"Temperature: 31.8 C", 31.8},
        {"Temperature: 31.8\xc2\xb0"
         "C",
         31.8},
        {"level=4", 4},
        {"T1=21.5", 21.5},
        {"45%", 45},
        {"[7]", 7},
        {R"({"t":21.5})", 21.5},
        {"A0\t512", 512},
    }));
    CAPTURE(row.line);
    const auto parsed = parse_line(row.line, {});
    CAPTURE(parsed.fault);
    REQUIRE(parsed.value);
    CHECK(*parsed.value == row.value);
}

TEST_CASE("a line without one clear number is refused with the reason") {
    struct Row {
        std::string line;
        std::string reason;
    };
    const auto row = GENERATE(values<Row>({
        {"", "empty"},
        {" \t ", "empty"},
        {"hello", "no number"},
        {"-", "no number"},
        {"nan", "not a finite"},
        {"T,-inf", "not a finite"},
        {"Infinity", "not a finite"},
        {"1e999", "not a finite"},
        {"21,37", "2 numbers"},
        {"T=21 H=40", "2 numbers"},
        {"humidity nan temperature 21.3", "2 numbers"},
        {"21.3.4", "not a number"},
        {"0x1f", "not a number"},
        {"--5", "not a number"},
        {"+-5", "not a number"},
        {"2026-01-05 21.5", "not a number"},
        {std::string("21\0.5", 5), "not text"},
        {"21.\x01", "not text"},
        {"3\xff", "not text"},
    }));
    CAPTURE(row.line);
    const auto parsed = parse_line(row.line, {});
    CHECK_FALSE(parsed.value);
    CHECK_THAT(parsed.fault, ContainsSubstring(row.reason));
}

TEST_CASE("field and key say which number of a line is meant") {
    struct Row {
        std::string line;
        LineFormat format;
        std::optional<double> value;
    };
    const auto row = GENERATE(values<Row>({
        {"0.10 0.20 0.30 1/234 5678", {1, ""}, 0.1},
        {"0.10 0.20 0.30 1/234 5678", {3, ""}, 0.3},
        {"0.10 0.20 0.30 1/234 5678", {4, ""}, std::nullopt},
        {"2026-01-05 12:00:00, 21.5", {2, ""}, 21.5},
        {"[1, 2, 3]", {3, ""}, 3},
        {"1,,3", {2, ""}, std::nullopt},
        {"1,,3", {3, ""}, 3},
        {"1,2", {3, ""}, std::nullopt},
        {"T=21 H=40", {std::nullopt, "H"}, 40},
        {"T,23.10,H,40", {std::nullopt, "T"}, 23.1},
        {R"({"t":21.5,"h":40})", {std::nullopt, "h"}, 40},
        {"MemAvailable:   123456 kB", {std::nullopt, "MemAvailable"}, 123456},
        {"T=nan H=40", {std::nullopt, "T"}, std::nullopt},
        {"T= H", {std::nullopt, "H"}, std::nullopt},
        {"T=21", {std::nullopt, "H"}, std::nullopt},
    }));
    CAPTURE(row.line);
    const auto parsed = parse_line(row.line, row.format);
    CAPTURE(parsed.fault);
    REQUIRE(parsed.value.has_value() == row.value.has_value());
    if (row.value) {
        CHECK(*parsed.value == *row.value);
    }
}

TEST_CASE("whatever the line the parser gives a finite number or a short reason", "[random]") {
    std::mt19937 random(Catch::rngSeed());
    const std::string alphabet = std::string("0123456789+-.eE,;:= \t[](){}\"naif%TC/") + '\0' +
                                 '\x01' + '\x7f' + '\xc2' + '\xb0' + '\xff';
    for (int round = 0; round < 20'000; ++round) {
        std::string line(random() % 300, ' ');
        for (auto& byte : line) {
            byte = alphabet[random() % alphabet.size()];
        }
        const LineFormat format = round % 3 == 0   ? LineFormat{random() % 5 + 1, ""}
                                  : round % 3 == 1 ? LineFormat{std::nullopt, "T"}
                                                   : LineFormat{};
        const auto parsed = parse_line(line, format);
        if (parsed.value) {
            REQUIRE(std::isfinite(*parsed.value));
            REQUIRE(parsed.fault.empty());
        } else {
            REQUIRE_FALSE(parsed.fault.empty());
            REQUIRE(parsed.fault.size() < 300);
            REQUIRE(parsed.fault.find('\n') == std::string::npos);
        }
    }
}
