#include "edge/spool/retention.hpp"
#include "edge/spool/thinning.hpp"
#include "support/catch.hpp"

#include <map>
#include <random>

using namespace holdfast;
using namespace holdfast::spool;

namespace {

BlockItem reading(Seq seq, SeriesId series, double value) {
    return {BootTime(static_cast<std::int64_t>(seq) * 1000), ReadingRow{series, value}, {seq, seq}};
}

BlockItem message(Seq seq, const std::string& topic) {
    const BootTime at(static_cast<std::int64_t>(seq) * 1000);
    return {at, Message{topic, "payload", 1, false, at}, {seq, seq}};
}

const ReadingRow& row_of(const BlockItem& item) {
    return std::get<ReadingRow>(item.content);
}

/// What must survive thinning: for each series the count, the extremes and the sum.
struct Sums {
    std::uint64_t count = 0;
    double least = 1e300;
    double greatest = -1e300;
    double sum = 0;
};

std::map<SeriesId, Sums> sums(const std::vector<BlockItem>& rows) {
    std::map<SeriesId, Sums> all;
    for (const auto& item : rows) {
        const auto& row = row_of(item);
        const auto spread = row.spread.value_or(Spread{1, row.value, row.value, BootTime(0)});
        auto& sums = all[row.series];
        sums.count += spread.count;
        sums.least = std::min(sums.least, spread.least);
        sums.greatest = std::max(sums.greatest, spread.greatest);
        sums.sum += row.value * static_cast<double>(spread.count);
    }
    return all;
}

} // namespace

TEST_CASE("neighbours of one series become their mean with least and greatest and count") {
    const auto thinned = thin({reading(1, 7, 1.5), reading(2, 8, 100), reading(3, 7, 2.5),
                               reading(4, 7, 0.5), reading(5, 8, 200), reading(6, 7, 3.5)},
                              4);
    REQUIRE(thinned.rows.size() == 2);
    CHECK(row_of(thinned.rows[0]) == ReadingRow{8, 150, Spread{2, 100, 200, BootTime(3000)}});
    CHECK(thinned.rows[0].at == BootTime(5000));
    CHECK(thinned.rows[0].places == SeqRange{1, 5});
    CHECK(row_of(thinned.rows[1]) == ReadingRow{7, 2, Spread{4, 0.5, 3.5, BootTime(5000)}});
    CHECK(thinned.rows[1].places == SeqRange{6, 6});
    REQUIRE(thinned.merged.size() == 2);
    CHECK(thinned.merged[0].series == 7);
    CHECK(thinned.merged[0].count == 4);
    CHECK(thinned.merged[0].mean == 2);
    CHECK(thinned.dropped.empty());
}

TEST_CASE("what was thinned before counts as much as it stands for and is no new loss") {
    auto first = thin({reading(1, 7, 0), reading(2, 7, 0), reading(3, 7, 0)}, 4).rows;
    first.push_back(reading(4, 7, 4));
    const auto again = thin(first, 2);
    REQUIRE(again.rows.size() == 1);
    CHECK(row_of(again.rows[0]) == ReadingRow{7, 1, Spread{4, 0, 4, BootTime(3000)}});
    CHECK(again.rows[0].places == SeqRange{1, 4});
    REQUIRE(again.merged.size() == 1);
    CHECK(again.merged[0].count == 1);
}

TEST_CASE("of messages the last of a few stays and the others are counted as dropped") {
    const auto thinned = thin({message(1, "a"), message(2, "a"), message(3, "b"), message(4, "a"),
                               message(5, "a"), message(6, "a")},
                              4);
    REQUIRE(thinned.rows.size() == 3);
    CHECK(thinned.rows[0].places == SeqRange{1, 3});
    CHECK(thinned.rows[1].places == SeqRange{4, 5});
    CHECK(thinned.rows[2].places == SeqRange{6, 6});
    REQUIRE(thinned.dropped.size() == 1);
    CHECK(thinned.dropped[0].topic == "a");
    CHECK(thinned.dropped[0].count == 3);
    CHECK(thinned.dropped[0].first == BootTime(1000));
    CHECK(thinned.dropped[0].last == BootTime(4000));
}

TEST_CASE("a row with no neighbour of its series stays as it is") {
    const auto thinned = thin({reading(1, 7, 1), reading(2, 8, 2)}, 2);
    CHECK(thinned.rows.size() == 2);
    CHECK_FALSE(row_of(thinned.rows[0]).spread);
    CHECK(thinned.merged.empty());
    CHECK(thin({}, 2).rows.empty());
}

TEST_CASE("thinning again and again keeps counts and extremes and means", "[random]") {
    std::mt19937 random(Catch::rngSeed());
    for (int round = 0; round < 50; ++round) {
        std::vector<BlockItem> rows;
        const auto series = std::uniform_int_distribution<SeriesId>(1, 5)(random);
        const auto count = std::uniform_int_distribution<Seq>(1, 400)(random);
        for (Seq seq = 10; seq < 10 + count; ++seq) {
            const auto value = std::uniform_int_distribution<int>(-5000, 5000)(random) / 100.0;
            rows.push_back(
                reading(seq, std::uniform_int_distribution<SeriesId>(1, series)(random), value));
        }
        const auto before = sums(rows);
        std::uint64_t merged = 0;
        for (unsigned level = 0; level < most_thinned; ++level) {
            auto thinned = thin(std::move(rows), merged_at_once(level));
            rows = std::move(thinned.rows);
            for (const auto& loss : thinned.merged) {
                merged += loss.count;
            }
            Seq next = 10;
            for (const auto& item : rows) {
                REQUIRE(item.places.first == next);
                next = item.places.last + 1;
                const auto& row = row_of(item);
                REQUIRE((!row.spread ||
                         (row.spread->least <= row.value && row.value <= row.spread->greatest)));
            }
            REQUIRE(next == 10 + count);
        }
        REQUIRE(rows.size() == before.size());
        REQUIRE(merged <= count);
        const auto after = sums(rows);
        for (const auto& [id, sum] : before) {
            REQUIRE(after.at(id).count == sum.count);
            REQUIRE(after.at(id).least == sum.least);
            REQUIRE(after.at(id).greatest == sum.greatest);
            // Each thinning rounds the mean to two decimals more than the values have.
            REQUIRE(after.at(id).sum ==
                    Approx(sum.sum).margin(1e-4 * most_thinned * static_cast<double>(sum.count)));
        }
    }
}

TEST_CASE("the mean of great values is finite and lies between them") {
    const auto thinned = thin({reading(1, 1, 1.7e308), reading(2, 1, 1.6e308)}, 2);
    const auto mean = row_of(thinned.rows.at(0)).value;
    CHECK(mean >= 1.6e308);
    CHECK(mean <= 1.7e308);
    CHECK(joint_mean(-1.7e308, 1, 1.7e308, 1) == 0);
}

TEST_CASE("the level that covers the longest time is thinned first") {
    using Levels = std::vector<unsigned>;
    const auto order = [](std::vector<std::uint64_t> bytes) { return levels_to_thin(bytes); };
    CHECK(order({}) == Levels{});
    CHECK(order({0, 0}) == Levels{});
    CHECK(order({100}) == Levels{0});
    CHECK(order({100, 40}) == Levels{0, 1});
    CHECK(order({100, 60}) == Levels{1, 0});
    CHECK(order({10'000, 4'000, 0, 2'000}) == Levels{3, 0, 1});
    CHECK(order({10'000, 4'000, 0, 500}) == Levels{0, 1, 3}); // hardly anything to gain
    std::vector<std::uint64_t> all(most_thinned + 1, 1);
    CHECK(order(all).front() == most_thinned - 1); // the last level goes no further
}

TEST_CASE("history goes first and priority series go last whatever the owner chose") {
    for (const auto when : {WhenFull::thin, WhenFull::drop_oldest, WhenFull::refuse}) {
        CHECK(remedies(when).front() == Remedy::delete_history);
    }
    CHECK(remedies(WhenFull::refuse).size() == 1);
    CHECK(remedies(WhenFull::drop_oldest).back() == Remedy::drop_priority);
    CHECK(remedies(WhenFull::thin).back() == Remedy::drop_priority);
    CHECK(remedies(WhenFull::thin)[1] == Remedy::thin);
}

TEST_CASE("a size limit leaves room for the log and some pages") {
    const SizeLimit limit(std::uint64_t{64} << 20U, 1024);
    CHECK(limit.log_bytes() == std::uint64_t{4} << 20U);
    CHECK(limit.pages_to_free({1000, 0, 0}, 0) == 0);
    CHECK(limit.pages_to_free({60 * 1024, 0, 0}, 0) == 60 * 1024 / 50);
    CHECK(limit.pages_to_free({60 * 1024, 2000, 0}, 0) == 0);
    CHECK(limit.pages_to_free({60 * 1024, 2000, 5 << 20U}, 0) > 0);
    CHECK(limit.pages_to_give_back({60 * 1024, 2000, 0}) == 0);
    CHECK(limit.pages_to_give_back({61 * 1024, 2000, 0}) == 0);
    CHECK(limit.pages_to_give_back({62 * 1024, 3000, 0}) == 2048);
    CHECK(limit.pages_to_give_back({70 * 1024, 2000, 0}) == 2000);
    CHECK(limit.has_room({59 * 1024, 0, 0}, 100 * 1024));
    CHECK_FALSE(limit.has_room({60 * 1024, 0, 0}, 1024));
    CHECK(limit.has_room({60 * 1024, 100, 0}, 1024));
    CHECK(limit.pages_to_free({60 * 1024, 0, 0}, 8 << 20U) == 10 * 1024 + 4);
    CHECK(limit.has_room({30 * 1024, 0, 0}, 1 << 30U));

    const SizeLimit none(SizeLimit::unlimited, 1024);
    CHECK(none.pages_to_free({1U << 30U, 0, 0}, 0) == 0);
    CHECK(none.has_room({1U << 30U, 0, 0}, 1U << 30U));
}
