#include "edge/control/output_logic.hpp"
#include "support/catch.hpp"

#include <random>

using namespace holdfast;
using namespace holdfast::control;
using namespace std::chrono_literals;
using Kind = Order::Kind;

TEST_CASE("an output begins safe and follows its orders") {
    OutputLogic output(Order{Kind::off}, {});
    CHECK(output.state() == "off");
    CHECK(output.order({Kind::on}, 1s) == "on");
    CHECK(output.order({Kind::toggle}, 2s) == "off");
    CHECK(output.order({Kind::toggle}, 3s) == "on");
    CHECK_FALSE(output.wake());
}

TEST_CASE("a pulse ends by itself and another order ends it early") {
    OutputLogic output(Order{Kind::off}, {});
    CHECK(output.order({Kind::pulse, 2s}, 1s) == "on");
    CHECK(output.wake() == BootTime(3s));
    CHECK_FALSE(output.tick(2s));
    CHECK(output.tick(3s) == "off");
    output.order({Kind::pulse, 2s}, 4s);
    output.order({Kind::on}, 5s);
    CHECK_FALSE(output.wake());
    CHECK_FALSE(output.tick(10s));
    CHECK(output.state() == "on");
}

TEST_CASE("an output whose controller is silent becomes safe") {
    OutputLogic output(Order{Kind::on}, 10s);
    CHECK(output.state() == "on");
    output.order({Kind::off}, 1s);
    output.order({Kind::off}, 5s);
    CHECK(output.wake() == BootTime(15s));
    CHECK_FALSE(output.tick(14s));
    CHECK(output.tick(15s) == "on");
    CHECK_FALSE(output.wake());
}

TEST_CASE("without a safe state an output begins unknown and is left as it is") {
    OutputLogic output(std::nullopt, 10s);
    CHECK(output.state().empty());
    output.order({Kind::text, {}, "3"}, 1s);
    CHECK_FALSE(output.tick(20s));
    CHECK(output.make_safe() == "3");
}

TEST_CASE("after its last order a pulsed output always comes to rest", "[random]") {
    std::mt19937 random(Catch::rngSeed());
    for (int round = 0; round < 500; ++round) {
        OutputLogic output(Order{Kind::off}, 5s);
        BootTime now{};
        for (int i = 0; i < 20; ++i) {
            now += std::chrono::milliseconds(random() % 3000);
            const auto kind = static_cast<Kind>(random() % 4);
            output.order({kind, std::chrono::milliseconds(1 + random() % 2000)}, now);
            output.tick(now);
        }
        for (int steps = 0; output.wake(); ++steps) {
            REQUIRE(steps < 3);
            REQUIRE(*output.wake() >= now);
            now = *output.wake();
            output.tick(now);
        }
        CHECK(output.state() == "off");
    }
}
