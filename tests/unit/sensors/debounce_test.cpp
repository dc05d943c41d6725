#include "edge/sensors/debounce.hpp"
#include "support/catch.hpp"

#include <random>

using namespace holdfast;
using namespace holdfast::sensors;
using namespace std::chrono_literals;
using Change = Debounce::Change;

TEST_CASE("a level counts when it has lasted and is dated to its first edge") {
    Debounce contact(10ms, false);
    CHECK_FALSE(contact.edge(true, 100ms));
    CHECK_FALSE(contact.edge(false, 102ms));
    CHECK_FALSE(contact.edge(true, 104ms));
    CHECK(contact.due() == BootTime(114ms));
    CHECK_FALSE(contact.settle(113ms));
    CHECK(contact.settle(114ms) == Change{true, 104ms});
    CHECK_FALSE(contact.settle(200ms));
    CHECK_FALSE(contact.due());
}

TEST_CASE("a spike that is shorter than the time has never been") {
    Debounce contact(10ms, false);
    contact.edge(true, 100ms);
    contact.edge(false, 105ms);
    CHECK_FALSE(contact.due());
    CHECK_FALSE(contact.settle(200ms));
    CHECK_FALSE(contact.level());
}

TEST_CASE("edges that are read late give the changes that lay between them") {
    Debounce meter(1ms, false);
    CHECK_FALSE(meter.edge(true, 100ms));
    CHECK(meter.edge(false, 150ms) == Change{true, 100ms});
    CHECK(meter.edge(true, 200ms) == Change{false, 150ms});
}

TEST_CASE("without a time every edge counts at once") {
    Debounce clean(0ms, false);
    CHECK(clean.edge(true, 1ms) == Change{true, 1ms});
    CHECK(clean.edge(false, 1ms) == Change{false, 1ms});
    CHECK_FALSE(clean.edge(false, 2ms));
}

TEST_CASE("changes alternate and are apart whatever a contact does", "[random]") {
    std::mt19937 random(Catch::rngSeed());
    Debounce contact(5ms, false);
    bool level = false;
    BootTime now{};
    for (int i = 0; i < 20'000; ++i) {
        now += std::chrono::microseconds(random() % 10'000);
        if (const auto change = contact.edge(random() % 2 == 0, now)) {
            REQUIRE(change->level != level);
            REQUIRE(change->at <= now - 5ms);
            level = change->level;
        }
        REQUIRE(contact.level() == level);
    }
}
