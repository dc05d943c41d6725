// Wall time: what a boot's readings get when its clock, or that of a later boot, becomes known.

#include "edge/spool/history.hpp"
#include "edge/spool/spool.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <nlohmann/json.hpp>

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr WallTime start(1'700'000'000'000'000);
constexpr auto year = std::chrono::hours(24 * 365);

/// A reading a second from `first` to `last`; the value is the second.
void measure(Spool& spool, int first, int last, bool up = true) {
    const auto series = spool.series({"a", "t/a", "Cel", Format::senml});
    std::vector<Item> items;
    for (int second = first; second <= last; ++second) {
        items.emplace_back(Sample{series, double(second), std::chrono::seconds(second), up});
    }
    spool.append(items);
}

std::vector<Entry> all(const Spool& spool) {
    return spool.read({1, spool.last()}, 10'000, 10'000'000);
}

std::vector<json> notices(Spool& spool) {
    std::vector<json> bodies;
    if (const auto range = spool.send_notices()) {
        for (const auto& entry : spool.read(*range, 100, 100'000)) {
            const auto& message = std::get<Message>(entry.content);
            CHECK(message.topic == "clock");
            bodies.push_back(json::parse(message.payload));
        }
    }
    return bodies;
}

} // namespace

TEST_CASE("a boot whose clock nobody had set is put between its neighbours when one is known") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    {
        Spool spool(path, {"one"}, Log::silent());
        spool.set_clock(start, true);
        measure(spool, 1, 100);
    }
    {
        Spool spool(path, {"two"}, Log::silent());
        CHECK_FALSE(spool.set_clock(WallTime(0), false)); // 1970, as without a battery
        measure(spool, 1, 30);
        measure(spool, 31, 50, false);
        CHECK(all(spool).back().at == 30s);
        CHECK(notices(spool).empty());
    }
    Spool spool(path, {"three"}, Log::silent());
    CHECK_FALSE(spool.set_clock(WallTime(5s), false));
    measure(spool, 1, 10);
    CHECK(spool.stats().open_corrections == 0);
    CHECK(spool.set_clock(start + 2000s, true));
    CHECK(spool.stats().open_corrections == 2);

    // The second began after the first ended, and its 50 s were over when the third began.
    const auto zero = start + 100s + (1950s - 100s) / 2;
    const auto entries = all(spool);
    REQUIRE(entries.size() == 140);
    CHECK(entries[99].at == start + 100s);
    CHECK(entries[100].at == zero + 1s);
    CHECK_FALSE(entries[100].synchronised);
    CHECK(entries[100].uncertainty == WallTime(925s));
    CHECK(entries[130].at == start + 2001s);
    CHECK(entries[130].synchronised);
    for (std::size_t i = 1; i < entries.size(); ++i) {
        REQUIRE(entries[i - 1].at < entries[i].at);
    }
    std::vector<WallTime> times;
    History(path).read({"a", zero, zero + 51s}, [&](const HistoryPoint& point, const Series&) {
        CHECK(point.uncertainty == WallTime(925s));
        times.push_back(point.at);
        return true;
    });
    CHECK(times.size() == 50);

    const auto told = notices(spool);
    REQUIRE(told.size() == 2);
    CHECK(told[0]["epoch"] == spool.epoch());
    CHECK(told[0]["boot"] == entries[100].boot);
    CHECK(told[0]["clock"] == "estimated");
    CHECK(told[0]["uncertainty"] == 925);
    CHECK(told[0]["zero"] == std::chrono::duration<double>(zero).count());
    CHECK(told[1]["boot"] == entries[130].boot);
    CHECK(told[1]["zero"] == std::chrono::duration<double>(start + 2000s).count());
    CHECK_FALSE(told[1].contains("uncertainty"));
    CHECK(notices(spool).empty());
}

TEST_CASE(
    "a clock that was known before anything was stored or only disciplined corrects nothing") {
    const test::TempFolder folder;
    Spool spool(folder / "spool.db", {"one"}, Log::silent());
    spool.set_clock(WallTime(0), false);
    spool.set_clock(start, true);
    measure(spool, 1, 10);
    spool.set_clock(start + 100ms, true);
    CHECK(spool.stats().open_corrections == 0);
    CHECK(notices(spool).empty());
    CHECK(all(spool).front().at == start + 1100ms);
}

TEST_CASE("an estimate and what the cloud must be told of it outlive a restart") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    {
        Spool spool(path, {"one"}, Log::silent());
        spool.set_clock(start, true);
        measure(spool, 1, 10);
    }
    {
        Spool spool(path, {"two"}, Log::silent());
        spool.set_clock(WallTime(0), false);
        measure(spool, 1, 10);
    }
    {
        Spool spool(path, {"three"}, Log::silent());
        spool.set_clock(start + 40s, true);
    }
    Spool spool(path, {"three"}, Log::silent());
    CHECK(all(spool)[10].at == start + 21s);
    CHECK(all(spool)[10].uncertainty == WallTime(10s));
    CHECK(notices(spool).size() == 1);
}

TEST_CASE("a clock that steps by years neither reorders nor loses nor repeats anything") {
    const test::TempFolder folder;
    Spool spool(folder / "spool.db", {"one"}, Log::silent());
    const std::vector<std::pair<WallTime, bool>> steps{
        {WallTime(0), false}, {start + 10 * year, false}, {start - 10 * year, false},
        {start, true},        {start + 30 * year, false}, {WallTime(0), false}};
    int second = 0;
    for (const auto& [offset, synchronised] : steps) {
        spool.set_clock(offset, synchronised);
        measure(spool, second + 1, second + 10);
        second += 10;
        const auto entries = all(spool);
        REQUIRE(entries.size() == static_cast<std::size_t>(second));
        for (std::size_t i = 0; i < entries.size(); ++i) {
            REQUIRE(std::get<ReadingRow>(entries[i].content).value == double(i + 1));
            REQUIRE((i == 0 || entries[i].at - entries[i - 1].at == WallTime(1s)));
        }
    }
    CHECK(all(spool).back().at == start + 60s);
    CHECK(all(spool).back().synchronised);
}
