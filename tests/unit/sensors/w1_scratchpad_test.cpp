#include "edge/sensors/w1_scratchpad.hpp"
#include "support/catch.hpp"

using holdfast::sensors::parse_w1_slave;

TEST_CASE("a thermometer gives degrees") {
    CHECK(parse_w1_slave("72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n"
                         "72 01 4b 46 7f ff 0e 10 57 t=23125\n")
              .value == 23.125);
    CHECK(parse_w1_slave("5e ff 4b 46 7f ff 02 10 a5 : crc=a5 YES\n"
                         "5e ff 4b 46 7f ff 02 10 a5 t=-10125\n")
              .value == -10.125);
}

TEST_CASE("what a thermometer says without having measured is refused with the reason") {
    struct Row {
        std::string content;
        std::string fault;
    };
    const auto row = GENERATE(values<Row>({
        {"", "two lines"},
        {"72 01 : crc=57 YES", "two lines"},
        {"72 01 4b 46 7f ff 0e 10 57 : crc=31 NO\n72 01 4b 46 7f ff 0e 10 57 t=23125\n",
         "check sum is wrong"},
        {"ff ff ff ff ff ff ff ff ff : crc=c9 NO\nff ff ff ff ff ff ff ff ff t=-62\n",
         "check sum is wrong"},
        {"00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n", "shorted"},
        {"50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n",
         "85 degrees"},
        {"72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b\n", "no temperature"},
        {"72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\nt=2x\n", "not a number"},
    }));
    const auto parsed = parse_w1_slave(row.content);
    CHECK_FALSE(parsed.value);
    CHECK_THAT(parsed.fault, ContainsSubstring(row.fault));
}
