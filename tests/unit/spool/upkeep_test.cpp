// The spool under its limits: what goes when it is full, and in which order.

#include "limited_spool.hpp"

#include <set>

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;

namespace {

std::uint64_t stands_for(const Entry& entry) {
    const auto* const row = std::get_if<ReadingRow>(&entry.content);
    return row != nullptr && row->spread ? row->spread->count : 1;
}

void check_covered(const std::vector<Entry>& entries, const RangeSet& pending) {
    RangeSet covered;
    for (const auto& entry : entries) {
        covered.insert(entry.covers);
    }
    CHECK(covered == pending);
}

} // namespace

TEST_CASE("a spool that fills with what the cloud has not got is thinned and loses no reading") {
    LimitedSpool bench(WhenFull::thin);
    bench.fill(100);
    const auto entries = bench.pending();
    std::uint64_t counted = 0;
    std::uint64_t alarms = 0;
    bool sound = true;
    std::uint64_t finest_so_far = 1U << 30U;
    for (const auto& entry : entries) {
        const auto& row = std::get<ReadingRow>(entry.content);
        if (row.series == bench.alarm) {
            CHECK_FALSE(row.spread);
            ++alarms;
            continue;
        }
        counted += stands_for(entry);
        if (row.spread) {
            sound = sound && row.spread->least <= row.value && row.value <= row.spread->greatest;
        }
        // The older, the coarser; the end of a stretch may have fewer neighbours.
        finest_so_far = std::min(finest_so_far, stands_for(entry));
    }
    CHECK(sound);
    CHECK(counted == bench.measured);
    CHECK(alarms == 100);
    CHECK(stands_for(entries.front()) > 1);
    CHECK_FALSE(std::get<ReadingRow>(entries.back().content).spread);
    CHECK(finest_so_far == 1);
    CHECK(entries.size() < bench.measured / 3);
    check_covered(entries, bench.spool->pending());

    const auto gaps = bench.gaps();
    REQUIRE(gaps.size() == 1);
    CHECK(gaps[0]["kind"] == "thinned");
    CHECK(gaps[0]["series"] == "room");
    CHECK(gaps[0]["topic"] == "room/temperature");
    CHECK(gaps[0]["epoch"] == bench.spool->epoch());
    CHECK(gaps[0]["from"] == 0.1);
    CHECK(gaps[0]["min"] == 0);
    CHECK(gaps[0]["max"] == 99.9);
    CHECK(gaps[0]["mean"].get<double>() == Approx(49.95).margin(2));
    CHECK(gaps[0]["count"] == bench.spool->stats().lost.at(GapKind::thinned));
    CHECK(bench.spool->stats().open_gaps == 0);
    CHECK(bench.gaps().empty());
}

TEST_CASE("the newest readings keep their resolution while the oldest are halved again and again") {
    LimitedSpool bench(WhenFull::thin);
    bench.fill(120);
    const auto entries = bench.pending();
    std::set<std::uint64_t> counts;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        counts.insert(stands_for(entries[i]));
        if (i > entries.size() - 2000) {
            REQUIRE(stands_for(entries[i]) == 1);
        }
    }
    CHECK(counts.contains(4));
    CHECK(counts.contains(8));
}

TEST_CASE("drop-oldest gives up the oldest with a gap and keeps priority series") {
    LimitedSpool bench(WhenFull::drop_oldest);
    auto& dropped = bench.dropped;
    for (int group = 0; group < 90; ++group) {
        bench.measure();
        dropped.insert(bench.keep_up());
        REQUIRE(bytes_on_disk(bench.path()) <= max_bytes * 105 / 100);
    }
    REQUIRE_FALSE(dropped.empty());
    const auto entries = bench.pending();
    check_covered(entries, bench.spool->pending());
    std::uint64_t alarms = 0;
    for (const auto& entry : entries) {
        alarms += std::get<ReadingRow>(entry.content).series == bench.alarm ? 1U : 0U;
        REQUIRE_FALSE(dropped.contains(entry.seq));
    }
    CHECK(alarms == 90);
    CHECK(bench.spool->urgent().size() == 90);
    CHECK(entries.size() + dropped.size() == bench.measured + alarms);

    const auto gaps = bench.gaps();
    REQUIRE(gaps.size() == 1);
    CHECK(gaps[0]["kind"] == "dropped");
    CHECK(gaps[0]["count"] == dropped.size());
    CHECK(bench.spool->stats().lost.at(GapKind::dropped) == dropped.size());
}

TEST_CASE("refuse takes no more readings and gives up none until receipts make room") {
    LimitedSpool bench(WhenFull::refuse);
    const auto fill = [&] {
        for (int group = 0; group < 500; ++group) {
            bench.measure();
            bench.keep_up();
        }
    };
    CHECK_THROWS_AS(fill(), SpoolFull);
    CHECK_THROWS_WITH(bench.measure(), ContainsSubstring("max_size"));
    CHECK(bytes_on_disk(bench.path()) <= max_bytes * 105 / 100);
    CHECK(bench.pending().size() == bench.spool->last());
    CHECK(bench.gaps().empty());

    RangeSet proved;
    proved.insert({1, bench.spool->last() / 2});
    bench.spool->prove(proved);
    bench.keep_up();
    CHECK_NOTHROW(bench.measure());
}

TEST_CASE("history goes before anything that is pending and only as much as must") {
    LimitedSpool bench(WhenFull::thin);
    for (int group = 0; group < 90; ++group) {
        bench.measure();
        RangeSet proved;
        proved.insert({1, bench.spool->last() - 50});
        bench.spool->prove(proved);
        bench.keep_up();
    }
    CHECK(bench.spool->stats().lost.empty());
    CHECK(bench.spool->stats().open_gaps == 0);
    const auto kept = bench.spool->read({1, bench.spool->last()}, 10'000'000, 1'000'000'000);
    CHECK(kept.front().seq > 1);
    CHECK(kept.size() > 40'000);
}

TEST_CASE("keep_history is honoured by upkeep") {
    LimitedSpool bench(WhenFull::thin);
    for (int group = 0; group < 5; ++group) {
        bench.measure();
    }
    RangeSet proved;
    proved.insert({1, bench.spool->last()});
    bench.spool->prove(proved);
    bench.keep_up(bench.now - 60s);
    const auto kept = bench.spool->read({1, bench.spool->last()}, 1'000'000, 1'000'000'000);
    CHECK(kept.front().at > bench.now - 80s);
    CHECK(kept.front().at < bench.now - 59s);
}

TEST_CASE("what is handed over is neither thinned nor dropped") {
    for (const auto when : {WhenFull::thin, WhenFull::drop_oldest}) {
        LimitedSpool bench(when);
        bench.busy.insert({100, 3000});
        for (int group = 0; group < 80; ++group) {
            bench.measure();
            bench.keep_up();
        }
        CHECK(bench.spool->stats().open_gaps > 0);
        const auto entries = bench.spool->read({100, 3000}, 1'000'000, 1'000'000'000);
        CHECK(entries.size() == 2901);
        for (const auto& entry : entries) {
            REQUIRE(stands_for(entry) == 1);
        }
    }
}

TEST_CASE("thinned rows keep what they stand for when the spool is opened again") {
    LimitedSpool bench(WhenFull::thin);
    bench.fill(70);
    const auto before = bench.pending();
    const auto pending = bench.spool->pending();
    bench.open(max_bytes);
    CHECK(bench.spool->pending() == pending);
    CHECK(bench.spool->urgent().size() == 70);
    const auto after = bench.pending();
    REQUIRE(after.size() == before.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
        REQUIRE(after[i].content.index() == before[i].content.index());
        REQUIRE(std::get<ReadingRow>(after[i].content) == std::get<ReadingRow>(before[i].content));
        REQUIRE(after[i].at == before[i].at);
    }
    RangeSet all;
    all.insert({1, bench.spool->last()});
    bench.spool->prove(all);
    CHECK(bench.spool->pending().empty());
    CHECK(bench.spool->urgent().empty());
}
