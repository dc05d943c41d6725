#include "core/error.hpp"
#include "edge/sensors/command_words.hpp"
#include "edge/sensors/payload.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::sensors;

TEST_CASE("a number is lifted out of a message") {
    const PayloadFormat bare;
    const PayloadFormat co2{.member = {"air", "CO2"}};
    CHECK(parse_payload("21.5", bare).value == 21.5);
    CHECK(parse_payload(R"({"T":21.5})", {.line = {.key = "T"}}).value == 21.5);
    CHECK(parse_payload(R"({"air":{"CO2":612,"T":21}})", co2).value == 612);
    CHECK(parse_payload(R"({"air":{"CO2":"612 ppm"}})", co2).value == 612);
    CHECK(parse_payload(R"({"air":{"CO2":true}})", co2).value == 1);
}

TEST_CASE("a message without the number is refused with the reason") {
    const PayloadFormat co2{.member = {"air", "CO2"}};
    struct Row {
        std::string payload;
        std::string fault;
    };
    const auto row = GENERATE(values<Row>({
        {"", "it is not JSON"},
        {"{", "it is not JSON"},
        {"21", "no member 'air.CO2'"},
        {R"({"air":7})", "no member 'air.CO2'"},
        {R"({"CO2":612})", "no member 'air.CO2'"},
        {R"({"air":{"CO2":null}})", "member 'air.CO2': it is of type null"},
        {R"({"air":{"CO2":[612]}})", "it is of type array"},
        {R"({"air":{"CO2":1e999}})", "not"},
        {R"({"air":{"CO2":"NaN"}})", "not a finite number"},
        {std::string(70'000, ' '), "70000 bytes"},
    }));
    const auto parsed = parse_payload(row.payload, co2);
    CHECK_FALSE(parsed.value);
    CHECK_THAT(parsed.fault, ContainsSubstring(row.fault));
}

TEST_CASE("a command is split into words and quotes keep them together") {
    using Words = std::vector<std::string>;
    CHECK(command_words("python3 -u  /home/pi/co2.py") ==
          Words{"python3", "-u", "/home/pi/co2.py"});
    CHECK(command_words("sh -c 'echo \"a b\"'") == Words{"sh", "-c", "echo \"a b\""});
    CHECK(command_words("a \"\" b'c d'e") == Words{"a", "", "bc de"});
    CHECK_THROWS_WITH(command_words("a 'b"), ContainsSubstring("does not end"));
    CHECK_THROWS_WITH(command_words("  "), ContainsSubstring("a program is expected"));
    CHECK_THROWS_WITH(command_words("'' a"), ContainsSubstring("a program is expected"));
}
