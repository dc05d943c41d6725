#include "edge/spool/spool.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;

namespace {

const Spool::Options this_boot{"boot-a"};
const Series room{"room", "room/temperature", "Cel", Format::senml};

SeqRange everything(const Spool& spool) {
    return {1, std::max<Seq>(1, spool.last())};
}

std::vector<Entry> read_all(const Spool& spool) {
    return spool.read(everything(spool), 1'000'000, 1'000'000'000);
}

RangeSet set_of(SeqRange range) {
    RangeSet set;
    set.insert(range);
    return set;
}

std::vector<Item> samples(SeriesId series, std::size_t count, BootTime from) {
    std::vector<Item> items;
    for (std::size_t i = 0; i < count; ++i) {
        const auto at = from + BootTime(1'000'000 * static_cast<std::int64_t>(i));
        items.emplace_back(Sample{series, static_cast<double>(i), at, true});
    }
    return items;
}

} // namespace

TEST_CASE("doubles come back bit for bit") {
    const test::TempFolder folder;
    const std::vector<double> values{0.0,
                                     -0.0,
                                     21.5,
                                     -0.1,
                                     1.0 / 3,
                                     1e300,
                                     -1e-300,
                                     9007199254740993.0,
                                     std::numeric_limits<double>::denorm_min(),
                                     std::numeric_limits<double>::max(),
                                     0.1 + 0.2,
                                     1013.25,
                                     123456789.123456789};
    Spool spool(folder / "spool.db", this_boot, Log::silent());
    std::vector<Item> items;
    for (const double value : values) {
        items.emplace_back(Sample{spool.series(room), value, BootTime(5), true});
    }
    REQUIRE(spool.append(items) == SeqRange{1, values.size()});

    const auto entries = read_all(spool);
    REQUIRE(entries.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        CHECK(std::bit_cast<std::uint64_t>(std::get<ReadingRow>(entries[i].content).value) ==
              std::bit_cast<std::uint64_t>(values[i]));
    }
}

TEST_CASE("values that are not finite are refused and nothing of their group is stored") {
    const test::TempFolder folder;
    Spool spool(folder / "spool.db", this_boot, Log::silent());
    const auto id = spool.series(room);
    for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
        const std::vector<Item> items{Sample{id, 1, BootTime(1), true},
                                      Sample{id, value, BootTime(2), true}};
        CHECK_THROWS_WITH(spool.append(items), ContainsSubstring("room"));
    }
    CHECK_THROWS_WITH(spool.append(std::vector<Item>{Sample{id + 1, 1, BootTime(1), true}}),
                      ContainsSubstring("no series"));
    CHECK(spool.last() == 0);
    CHECK(spool.pending().empty());
}

TEST_CASE("messages come back byte for byte with their flags") {
    const test::TempFolder folder;
    std::string bytes(256, '\0');
    std::iota(bytes.begin(), bytes.end(), '\0');
    const std::vector<Item> items{Message{"a/b", bytes, 1, true, BootTime(7)},
                                  Message{"a/c", "", 0, false, BootTime(6)},
                                  Message{"a/b", std::string(100'000, 'x'), 2, false, BootTime(8)}};
    {
        Spool spool(folder / "spool.db", this_boot, Log::silent());
        REQUIRE(spool.append(items) == SeqRange{1, 3});
    }
    const Spool spool(folder / "spool.db", this_boot, Log::silent());
    const auto entries = read_all(spool);
    REQUIRE(entries.size() == 3);
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& stored = std::get<Message>(entries[i].content);
        const auto& given = std::get<Message>(items[i]);
        CHECK(stored.topic == given.topic);
        CHECK(stored.payload == given.payload);
        CHECK(stored.qos == given.qos);
        CHECK(stored.retain == given.retain);
        CHECK(stored.at == given.at);
    }
}

TEST_CASE("a changed series gets a new number and older rows keep theirs") {
    const test::TempFolder folder;
    const Series moved{"room", "hall/temperature", "Cel", Format::scalar};
    SeriesId first = 0;
    {
        Spool spool(folder / "spool.db", this_boot, Log::silent());
        first = spool.series(room);
        CHECK(spool.series(room) == first);
        spool.append(samples(first, 1, BootTime(0)));
    }
    Spool spool(folder / "spool.db", this_boot, Log::silent());
    const auto second = spool.series(moved);
    CHECK(second != first);
    CHECK(spool.series(room) == first);
    CHECK(spool.series(second) == moved);
    const auto row = std::get<ReadingRow>(read_all(spool).front().content);
    CHECK(spool.series(row.series) == room);
    CHECK_THROWS_AS(spool.series(SeriesId{99}), Error);
}

TEST_CASE("receipts stay after reopening and the epoch does too") {
    const test::TempFolder folder;
    std::string epoch;
    {
        Spool spool(folder / "spool.db", this_boot, Log::silent());
        epoch = spool.epoch();
        spool.append(samples(spool.series(room), 30, BootTime(0)));
        spool.prove(set_of({5, 9}));
        spool.append(samples(spool.series(room), 10, BootTime(0)));
        spool.prove(set_of({38, 40}));
    }
    CHECK(epoch.size() == 8);
    CHECK(epoch.find_first_not_of("0123456789abcdef") == std::string::npos);
    Spool spool(folder / "spool.db", this_boot, Log::silent());
    CHECK(spool.epoch() == epoch);
    CHECK(spool.last() == 40);
    CHECK(spool.pending().ranges() == std::vector<SeqRange>{{1, 4}, {10, 37}});
    CHECK(spool.append(samples(spool.series(room), 2, BootTime(0))) == SeqRange{41, 42});
    CHECK(spool.pending().ranges() == std::vector<SeqRange>{{1, 4}, {10, 37}, {41, 42}});
}

TEST_CASE("readings that do not go up get no number") {
    const test::TempFolder folder;
    Spool spool(folder / "spool.db", this_boot, Log::silent());
    const auto id = spool.series(room);
    CHECK(spool.append({}) == std::nullopt);
    CHECK(spool.append(std::vector<Item>{Sample{id, 1, BootTime(1), false}}) == std::nullopt);
    CHECK(spool.append(std::vector<Item>{Sample{id, 1, BootTime(1), false},
                                         Sample{id, 2, BootTime(1), true},
                                         Sample{id, 3, BootTime(1), false},
                                         Sample{id, 4, BootTime(1), true}}) == SeqRange{1, 2});
    CHECK(std::get<ReadingRow>(read_all(spool).back().content).value == 4);
}

TEST_CASE("a read stops at its bounds but always gives something") {
    const test::TempFolder folder;
    Spool spool(folder / "spool.db", this_boot, Log::silent());
    spool.append(samples(spool.series(room), 500, BootTime(0)));
    const std::vector<Item> big{Message{"t", std::string(1000, 'x'), 0, false, BootTime(1)},
                                Message{"t", std::string(1000, 'y'), 0, false, BootTime(1)}};
    spool.append(big);

    const auto middle = spool.read({200, 450}, 10, 1'000'000);
    REQUIRE(middle.size() == 10);
    CHECK(middle.front().seq == 200);
    CHECK(middle.back().seq == 209);
    CHECK(spool.read({1, 502}, 1000, 160).size() == 10);
    CHECK(spool.read({501, 502}, 1000, 10).size() == 1);
    CHECK(spool.read({501, 502}, 1000, 1500).size() == 1);
    CHECK(spool.read({501, 502}, 0, 1500).empty());
    CHECK(spool.read({503, 600}, 10, 1000).empty());
}

TEST_CASE("wall time follows what becomes known of the clock of this boot") {
    const test::TempFolder folder;
    {
        Spool spool(folder / "spool.db", this_boot, Log::silent());
        spool.append(samples(spool.series(room), 1, 10s));
        CHECK_FALSE(read_all(spool).front().synchronised);
        spool.set_clock(1000s, true);
        CHECK(read_all(spool).front().at == 1010s);
        CHECK(read_all(spool).front().synchronised);
    }
    Spool spool(folder / "spool.db", {"boot-b"}, Log::silent());
    spool.append(samples(spool.series(room), 1, 3s));
    spool.set_clock(2000s, false);
    const auto entries = read_all(spool);
    CHECK(entries[0].at == 1010s);
    CHECK(entries[0].synchronised);
    CHECK(entries[1].at == 2003s);
    CHECK_FALSE(entries[1].synchronised);
    CHECK(spool.stats().oldest_pending == 1010s);
}

TEST_CASE("trimming deletes old history in steps and keeps what is pending") {
    const test::TempFolder folder;
    Spool spool(folder / "spool.db", this_boot, Log::silent());
    spool.set_clock(0s, true);
    for (int group = 0; group < 10; ++group) {
        spool.append(samples(spool.series(room), 10, group * 10s));
    }
    CHECK(spool.trim(1'000'000s, 1000) == 0);

    spool.prove(set_of({1, 35}));
    spool.prove(set_of({41, 100}));
    CHECK(spool.trim(0s, 1000) == 0);
    CHECK(spool.trim(15s, 1000) == 10);
    CHECK(spool.trim(70s, 10) == 10);
    CHECK(spool.trim(70s, 1000) == 40);
    CHECK(read_all(spool).front().seq == 31);
    CHECK(read_all(spool).size() == 40);

    spool.prove(set_of({1, 100}));
    CHECK(spool.trim(1'000'000s, 1000) == 30);
    CHECK(spool.trim(1'000'000s, 1000) == 0);
    CHECK(read_all(spool).size() == 10);
    CHECK(spool.append(samples(spool.series(room), 1, 200s)) == SeqRange{101, 101});
}

TEST_CASE(
    "history grows old by clocks that were synchronised and not by one that was set by hand") {
    const test::TempFolder folder;
    const auto open = [&](const char* boot) {
        return Spool(folder / "spool.db", {boot}, Log::silent());
    };
    {
        auto first = open("first");
        first.set_clock(5000s, false); // any time at all
        CHECK(first.surely_past(10s) == 0s);
        first.set_clock(1000s, true);
        CHECK(first.surely_past(10s) == 1010s);
        first.set_clock(900'000s, false);
        CHECK(first.surely_past(20s) == 1020s);
    }
    auto second = open("second");
    CHECK(second.surely_past(7s) == 1007s); // it began after the first one had
    second.set_clock(900'000s, false);
    CHECK(second.surely_past(7s) == 1007s);
    second.set_clock(3000s, true);
    CHECK(second.surely_past(7s) == 3007s);
}

TEST_CASE("history of an unset clock goes only when a later boot with a known clock is old") {
    const test::TempFolder folder;
    const auto fill = [&](const char* boot, WallTime offset, bool synchronised) {
        Spool spool(folder / "spool.db", {boot}, Log::silent());
        spool.set_clock(offset, synchronised);
        spool.append(samples(spool.series(room), 10, 0s));
        spool.prove(set_of({1, spool.last()}));
    };
    fill("unset", 0s, false);
    fill("unset too", 0s, false);
    {
        Spool spool(folder / "spool.db", {"unset too"}, Log::silent());
        CHECK(spool.trim(5000s, 1000) == 0);
    }
    fill("set", 1000s, true);
    Spool spool(folder / "spool.db", {"set"}, Log::silent());
    CHECK(spool.trim(999s, 1000) == 0);
    CHECK(spool.trim(1001s, 1000) == 20);
}

TEST_CASE("a receipt writes a few pages however large the backlog") {
    for (const std::size_t groups : {1U, 100U}) {
        const test::TempFolder folder;
        Spool spool(folder / "spool.db", this_boot, Log::silent());
        const auto id = spool.series(room);
        for (std::size_t group = 0; group < groups; ++group) {
            spool.append(samples(id, 2000, BootTime(0)));
        }
        for (const Seq first : {Seq{1}, spool.last() / 2, spool.last() - 99}) {
            const auto before = spool.stats().written_bytes;
            spool.prove(set_of({first, first + 99}));
            spool.save_receipts();
            const auto written = spool.stats().written_bytes - before;
            CHECK(written > 0);
            CHECK(written <= 4 * 1024);
        }
    }
}

TEST_CASE("stats count what is pending and what is written") {
    const test::TempFolder folder;
    Spool spool(folder / "spool.db", this_boot, Log::silent());
    const auto before = spool.stats();
    CHECK(before.pending == 0);
    CHECK(before.oldest_pending == std::nullopt);
    spool.append(samples(spool.series(room), 1000, BootTime(0)));
    const auto after = spool.stats();
    CHECK(after.pending == 1000);
    CHECK(after.written_bytes > before.written_bytes);
    CHECK(after.file_bytes > before.file_bytes);
}
