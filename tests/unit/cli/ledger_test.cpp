#include "cli/demo/ledger.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using cli::demo::Ledger;

namespace {

std::string pack(const std::string& records) {
    return R"([{"bn":"demo/room/","epoch":"e1","bt":100,)" + records + "]";
}

const std::string two = pack(R"("n":"temp","v":21.5,"seq":1},{"n":"temp","v":22,"seq":2})");

Ledger with_two_stored() {
    Ledger ledger("demo");
    ledger.stored_reading("e1", 1, "room/temp", 21.5);
    ledger.stored_reading("e1", 2, "room/temp", 22);
    return ledger;
}

} // namespace

TEST_CASE("what was stored and came is received") {
    auto ledger = with_two_stored();
    ledger.received("demo/room/temp", two);
    const auto result = ledger.result();
    CHECK(result.sent == 2);
    CHECK(result.received == 2);
    CHECK(result.lost == 0);
    CHECK(result.duplicates == 0);
    CHECK(ledger.rows() == 2);
}

TEST_CASE("a pack that says its name and step once is taken apart") {
    Ledger ledger("demo");
    ledger.stored_reading("e1", 7, "room/temp", 21.5);
    ledger.stored_reading("e1", 10, "room/temp", 22);
    ledger.received("demo/room/temp", R"([{"bn":"demo/room/temp","epoch":"e1","bt":100,)"
                                      R"("seq":7,"step":3,"v":21.5},{"t":1,"v":22}])");
    CHECK(ledger.result().lost == 0);
    CHECK(ledger.rows() == 2);
}

TEST_CASE("what was stored and did not come is lost") {
    auto ledger = with_two_stored();
    ledger.received("demo/room/temp", pack(R"("n":"temp","v":21.5,"seq":1})"));
    CHECK(ledger.result().lost == 1);
}

TEST_CASE("a reading with another value or name or epoch is lost") {
    auto ledger = with_two_stored();
    ledger.received("demo/room/temp", pack(R"("n":"temp","v":21.4,"seq":1})"));
    ledger.received("demo/room/temp", pack(R"("n":"humidity","v":22,"seq":2})"));
    CHECK(ledger.result().lost == 2);

    auto other = with_two_stored();
    other.received("demo/room/temp",
                   R"([{"bn":"demo/room/","epoch":"e2","n":"temp","v":21.5,"seq":1}])");
    CHECK(other.result().lost == 2);
}

TEST_CASE("what comes again is a duplicate") {
    auto ledger = with_two_stored();
    ledger.received("demo/room/temp", two);
    ledger.received("demo/room/temp", two);
    CHECK(ledger.result().duplicates == 2);
    CHECK(ledger.result().received == 2);
    CHECK(ledger.rows() == 2);
}

TEST_CASE("equal captured messages count each") {
    Ledger ledger("demo");
    for (int i = 0; i < 3; ++i) {
        ledger.stored_message("devices/a", "on");
    }
    ledger.received("demo/devices/a", "on");
    ledger.received("demo/devices/a", "on");
    CHECK(ledger.result().lost == 1);
    ledger.received("demo/devices/a", "on");
    ledger.received("demo/devices/a", "on");
    CHECK(ledger.result().lost == 0);
    CHECK(ledger.result().duplicates == 1);
}

TEST_CASE("a captured message that looks like JSON is still a message") {
    Ledger ledger("demo");
    const std::string json = R"([{"n":"temp","v":1}])";
    ledger.stored_message("devices/a", json);
    ledger.received("demo/devices/a", json);
    ledger.received("demo/devices/a", "[");
    CHECK(ledger.result().received == 1);
}

TEST_CASE("other sites and what the appliance says of itself do not count") {
    Ledger ledger("demo");
    ledger.received("demo2/room/temp", two);
    ledger.received("demo", two);
    ledger.received("demo/status", "{}");
    ledger.received("demo/link", "1");
    ledger.received("demo/sync", "run 1");
    CHECK(ledger.rows() == 0);
    CHECK(ledger.result().duplicates == 0);
}
