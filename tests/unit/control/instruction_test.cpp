#include "core/error.hpp"
#include "edge/control/instruction.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::control;
using namespace std::chrono_literals;

TEST_CASE("a sampling period is understood in each of its forms") {
    struct Row {
        std::string order;
        std::chrono::milliseconds period;
    };
    const auto row = GENERATE(values<Row>({
        {"10", 10s},
        {" 10\r\n", 10s},
        {"0.5", 500ms},
        {"2 Hz", 500ms},
        {"2Hz", 500ms},
        {"0.1 Hz", 10s},
        {"500ms", 500ms},
        {"5min", 5min},
        {R"({"interval":5})", 5s},
        {R"({"interval": 0.25, "who": "web"})", 250ms},
        {R"({"interval":"2 Hz"})", 500ms},
    }));
    CAPTURE(row.order);
    CHECK(parse_period(row.order) == row.period);
}

TEST_CASE("what is no sampling period is refused with the reason") {
    struct Row {
        std::string order;
        std::string message;
    };
    const auto row = GENERATE(values<Row>({
        {"fast", "\"fast\" is no sampling period"},
        {"", "is no sampling period"},
        {"0", "greater than 0"},
        {"-1", "greater than 0"},
        {"1e9", "from 0.1 s to 3600 s"},
        {"1e300", "from 0.1 s to 3600 s"},
        {"nan", "is no sampling period"},
        {"0 Hz", "greater than 0"},
        {"0.001", "from 0.1 s"},
        {"10 parsec", "is no sampling period"},
        {"{", "is expected"},
        {R"({"period":5})", R"(JSON like {"interval":5} is expected)"},
        {R"({"interval":[5]})", "the interval must be a number"},
        {R"({"interval":-5})", "greater than 0"},
        {std::string(2000, '1'), "2000 bytes"},
    }));
    CAPTURE(row.order);
    CHECK_THROWS_WITH(allowed_period(row.order, 100ms, 1h), ContainsSubstring(row.message));
}

TEST_CASE("the answer says old and new in seconds") {
    CHECK(accepted_json(5s, 10s) == R"({"old":5,"new":10})");
    CHECK(accepted_json(500ms, 1500ms) == R"({"old":0.5,"new":1.5})");
    CHECK(refused_json(5s, "too \"fast\"") == R"({"old":5,"refused":"too \"fast\""})");
}
