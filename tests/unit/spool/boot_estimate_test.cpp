#include "edge/spool/boot_estimate.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;

TEST_CASE("a boot whose clock nobody had set lies between its neighbours") {
    struct Row {
        std::string what;
        std::vector<BootSpan> boots;
        std::vector<BootEstimate> expected;
    };
    const std::vector<Row> table{
        {"no boot", {}, {}},
        {"a known one", {{1000s, 10s, true}}, {{1000s, 0s}}},
        {"an unknown one alone keeps its guess", {{7s, 10s, false}}, {{7s, std::nullopt}}},
        {"between two known ones it is in the middle",
         {{1000s, 100s, true}, {0s, 50s, false}, {2000s, 10s, true}},
         {{1000s, 0s}, {1525s, 425s}, {2000s, 0s}}},
        {"no room is no doubt",
         {{1000s, 100s, true}, {0s, 50s, false}, {1150s, 10s, true}},
         {{1000s, 0s}, {1100s, 0s}, {1150s, 0s}}},
        {"several between two share the room and keep their order",
         {{1000s, 100s, true}, {0s, 50s, false}, {0s, 30s, false}, {2000s, 10s, true}},
         {{1000s, 0s}, {1510s, 410s}, {1560s, 410s}, {2000s, 0s}}},
        {"a guess behind the only known one is believed",
         {{1000s, 100s, true}, {1500s, 50s, false}},
         {{1000s, 0s}, {1500s, std::nullopt}}},
        {"a guess of years before the known one is not",
         {{1'000'000s, 100s, true}, {5s, 50s, false}},
         {{1'000'000s, 0s}, {1'000'100s, std::nullopt}}},
        {"a guess of years behind the next one is not",
         {{9'000'000s, 50s, false}, {1'000'000s, 100s, true}},
         {{999'950s, std::nullopt}, {1'000'000s, 0s}}},
        {"known ones that contradict one another prove nothing",
         {{2000s, 100s, true}, {0s, 50s, false}, {1000s, 10s, true}},
         {{2000s, 0s}, {2100s, std::nullopt}, {1000s, 0s}}},
    };
    for (const auto& row : table) {
        INFO(row.what);
        CHECK(estimate(row.boots) == row.expected);
    }
}
