#include "plugin/failure_table.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

constexpr FailureTable::Delays delays{3, 1s, 10s, 60s};

void fail(FailureTable& table, FailureTable::Key key, int times, BootTime now) {
    for (int i = 0; i < times; ++i) {
        table.failed(key, now);
    }
}

} // namespace

TEST_CASE("the first failures are free and each later one doubles the lock up to its bound") {
    struct Row {
        int failures;
        BootTime locked;
    };
    const auto row =
        GENERATE(values<Row>({{2, 0s}, {3, 1s}, {4, 2s}, {5, 4s}, {6, 8s}, {7, 10s}, {1000, 10s}}));
    FailureTable table(delays, 100);
    fail(table, 1, row.failures, 5s);
    CHECK(table.locked(1, 5s) == (row.locked > 0s));
    CHECK((row.locked == 0s || table.locked(1, 5s + row.locked - 1us)));
    CHECK_FALSE(table.locked(1, 5s + row.locked));
    CHECK_FALSE(table.locked(2, 5s));
}

TEST_CASE("a long quiet time or a success forgets the failures") {
    FailureTable table(delays, 100);
    fail(table, 1, 7, 0s);
    SECTION("not yet quiet for long enough") {
        fail(table, 1, 1, 60s - 1us);
        CHECK(table.locked(1, 69s));
    }
    SECTION("quiet") {
        fail(table, 1, 2, 60s);
        CHECK_FALSE(table.locked(1, 60s));
    }
    SECTION("success") {
        table.forget(1);
        fail(table, 1, 2, 1s);
        CHECK_FALSE(table.locked(1, 1s));
    }
    SECTION("all forgotten") {
        table.forget_all();
        CHECK_FALSE(table.locked(1, 1s));
    }
}

TEST_CASE("keys that do not share a set never touch each other") {
    FailureTable table(delays, 7);
    for (FailureTable::Key key = 1; key <= 8; ++key) {
        fail(table, key, 3, 0s);
    }
    for (FailureTable::Key key = 1; key <= 8; ++key) {
        CHECK(table.locked(key, 0s));
    }
}

TEST_CASE("in a full set the key that was quiet for longest makes place") {
    FailureTable table(delays, 7);
    for (FailureTable::Key key = 1; key <= 8; ++key) {
        fail(table, key, 7, BootTime(key));
    }
    fail(table, 1, 1, 1s);
    fail(table, 9, 3, 2s);
    CHECK(table.locked(1, 2s));
    CHECK_FALSE(table.locked(2, 2s));
    CHECK(table.locked(3, 2s));
    CHECK(table.locked(9, 2s));
}
