#include "core/error.hpp"
#include "edge/control/order.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace holdfast;
using namespace holdfast::control;
using namespace std::chrono_literals;
using Kind = Order::Kind;

TEST_CASE("orders for something that is switched") {
    CHECK(parse_order("on", false) == Order{Kind::on});
    CHECK(parse_order(" ON\n", false) == Order{Kind::on});
    CHECK(parse_order("1", false) == Order{Kind::on});
    CHECK(parse_order("false", false) == Order{Kind::off});
    CHECK(parse_order("toggle", false) == Order{Kind::toggle});
    CHECK(parse_order("pulse 2s", false) == Order{Kind::pulse, 2s});
    CHECK(parse_order("Pulse 500ms", false) == Order{Kind::pulse, 500ms});
}

TEST_CASE("an output that takes texts gets every other line as it is") {
    CHECK(parse_order("3", true) == Order{Kind::text, {}, "3"});
    CHECK(parse_order("1", true) == Order{Kind::text, {}, "1"});
    CHECK(parse_order("SET 21.5\r\n", true) == Order{Kind::text, {}, "SET 21.5"});
    CHECK(parse_order("on", true) == Order{Kind::on});
}

TEST_CASE("what is no order is refused") {
    for (const std::string& order :
         std::vector<std::string>{"", "open", "pulse", "pulse 2", "pulse 0", "pulse 25h", "2"}) {
        CAPTURE(order);
        CHECK_THROWS_AS(parse_order(order, false), Error);
    }
    for (const std::string& order :
         std::vector<std::string>{std::string(), std::string("a\nb"), std::string("a\0b", 3),
                                  std::string("\xff"), std::string(201, 'x')}) {
        CAPTURE(order);
        CHECK_THROWS_AS(parse_order(order, true), Error);
    }
}
