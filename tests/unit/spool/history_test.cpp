#include "edge/spool/history.hpp"
#include "edge/spool/spool.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <cmath>

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;

namespace {

constexpr WallTime start(1'700'000'000'000'000);

/// Seconds 1 to 1000 of each boot: `a` goes up, `b` stays, the value is the second.
void fill(const std::filesystem::path& path, const std::string& boot, WallTime offset,
          bool synchronised) {
    Spool spool(path, {boot}, Log::silent());
    spool.set_clock(offset, synchronised);
    const auto a = spool.series({"a", "t/a", "Cel", Format::senml});
    const auto b = spool.series({"b", "t/b", "", Format::senml});
    for (int group = 0; group < 100; ++group) {
        std::vector<Item> items;
        for (int i = 1; i <= 10; ++i) {
            const auto second = group * 10 + i;
            items.emplace_back(Sample{a, double(second), std::chrono::seconds(second), true});
            items.emplace_back(Sample{b, double(-second), std::chrono::seconds(second), false});
        }
        items.emplace_back(Message{"t", "x", 1, false, std::chrono::seconds(group * 10)});
        spool.append(items);
    }
}

std::vector<double> values(const History& history, const History::Query& query) {
    std::vector<double> list;
    history.read(query, [&](const HistoryPoint& point, const Series&) {
        list.push_back(point.value);
        return true;
    });
    return list;
}

} // namespace

TEST_CASE("history gives exactly the values of the time asked for") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    fill(path, "one", start, true);
    fill(path, "two", start + 2000s, false);
    const History history(path);
    CHECK(history.series() == std::vector<std::string>{"a", "b"});
    CHECK(values(history, {"a", {}, {}}).size() == 2000);
    CHECK(values(history, {"b", {}, {}}).size() == 2000);
    for (int first = 1; first < 1000; first += 83) {
        const auto found = values(history, {"a", start + std::chrono::seconds(first),
                                            start + std::chrono::seconds(first + 7)});
        REQUIRE(found.size() == static_cast<std::size_t>(std::min(7, 1001 - first)));
        REQUIRE(found.front() == first);
    }
    CHECK(values(history, {"b", start + 2500s, start + 2502s}) == std::vector<double>{-500, -501});
    CHECK(values(history, {"a", start + 5000s, {}}).empty());
    history.read({"a", start + 2001s, {}}, [](const HistoryPoint& point, const Series& series) {
        CHECK_FALSE(point.synchronised);
        CHECK(series.unit == "Cel");
        return false;
    });
    CHECK_THROWS_WITH(values(history, {"aa", {}, {}}),
                      ContainsSubstring("there is no series 'aa'") && ContainsSubstring("'a'"));
}

TEST_CASE("downsampled history keeps count and extremes and mean of what it stands for") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    fill(path, "one", start, true);
    const History history(path);
    const auto buckets = history.downsample({"a", start + 1s, start + 1001s}, 10);
    REQUIRE(buckets.size() == 10);
    CHECK(buckets[0].count == 100);
    CHECK(buckets[0].at == start + 1s);
    CHECK(buckets[0].least == 1);
    CHECK(buckets[0].greatest == 100);
    CHECK(std::abs(buckets[0].mean - 50.5) < 1e-9);
    CHECK(buckets[9].greatest == 1000);
    std::uint64_t all = 0;
    for (const auto& bucket : history.downsample({"a", {}, {}}, 7)) {
        all += bucket.count;
    }
    CHECK(all == 1000);
    CHECK(history.downsample({"a", {}, {}}, 100'000).size() == 1000);
    CHECK(history.downsample({"a", start + 5000s, {}}, 10).empty());
}

TEST_CASE("history is read while the spool is written and neither waits") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    fill(path, "one", start, true);
    Spool spool(path, {"one"}, Log::silent());
    const auto a = spool.series({"a", "t/a", "Cel", Format::senml});
    const History history(path);
    std::size_t seen = 0;
    history.read({"a", {}, {}}, [&](const HistoryPoint&, const Series&) {
        if (seen++ % 100 == 0) {
            spool.append(std::vector<Item>{Sample{a, 7, 2000s, true}});
        }
        return true;
    });
    CHECK(seen == 1000); // as it was when reading began
    CHECK(values(history, {"a", {}, {}}).size() == 1010);
}
