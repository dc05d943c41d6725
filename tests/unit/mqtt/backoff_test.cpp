#include "edge/mqtt/backoff.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;
using holdfast::mqtt::Backoff;

TEST_CASE("the waits between attempts double from a tenth of a second to one second") {
    Backoff backoff;
    for (const auto wait : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
        CHECK(backoff.next(0) == wait);
    }
    backoff.reset();
    CHECK(backoff.next(0) == 100ms);
}

TEST_CASE("chance makes a wait longer by less than a quarter") {
    Backoff backoff;
    CHECK(backoff.next(0.999) == 124ms);
    CHECK(backoff.next(0.5) == 225ms);
}
