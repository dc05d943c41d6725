// The spool under its limits: what goes when it is full, in which order, and what is told of it.

#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <nlohmann/json.hpp>

#include <set>

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr std::uint64_t max_bytes = 600'000;
constexpr WallTime keep_all{};

std::uint64_t bytes_on_disk(const std::filesystem::path& path) {
    std::uint64_t bytes = 0;
    for (const auto* const suffix : {"", "-wal", "-shm"}) {
        std::error_code missing;
        const auto size = std::filesystem::file_size(path.string() + suffix, missing);
        bytes += missing ? 0 : size;
    }
    return bytes;
}

class Bench {
public:
    explicit Bench(WhenFull when_full, std::uint64_t limit = max_bytes)
        : when_full_(when_full) {
        open(limit);
    }

    void open(std::uint64_t limit) {
        spool.reset();
        spool.emplace(path(), Spool::Options{"boot", limit, when_full_}, Log::silent());
        spool->set_clock(0s, true);
        room = spool->series({"room", "room/temperature", "Cel", Format::senml});
        alarm = spool->series({"alarm", "alarm", "", Format::senml, true});
    }

    std::filesystem::path path() const { return folder / "spool.db"; }

    /// Two thousand readings of the room and one of the alarm.
    void measure() {
        std::vector<Item> items;
        for (int i = 0; i < 2000; ++i) {
            now += 100ms;
            items.emplace_back(Sample{room, value(), now, true});
        }
        items.emplace_back(Sample{alarm, 1, now, true});
        try {
            spool->append(items);
        } catch (const SpoolFull&) {
            dropped.insert(keep_up());
            spool->append(items);
        }
        measured += 2000;
    }
    double value() const { return static_cast<double>(now.count() / 100'000 % 1000) / 10; }

    /// Answers what was dropped.
    RangeSet keep_up(WallTime since = keep_all) {
        RangeSet gone;
        for (int steps = 0; steps < 10'000; ++steps) {
            const auto done = spool->upkeep(since, busy);
            gone.insert(done.dropped);
            if (!done.more) {
                return gone;
            }
        }
        FAIL("upkeep never ends");
        return gone;
    }

    void fill(int groups) {
        for (int group = 0; group < groups; ++group) {
            measure();
            keep_up();
            REQUIRE(bytes_on_disk(path()) <= max_bytes * 105 / 100);
        }
    }

    std::vector<Entry> pending() const {
        std::vector<Entry> entries;
        for (const auto& range : spool->pending().ranges()) {
            for (auto& entry : spool->read(range, 10'000'000, 1'000'000'000)) {
                entries.push_back(std::move(entry));
            }
        }
        return entries;
    }

    std::vector<json> gaps() {
        const auto range = spool->send_notices();
        std::vector<json> told;
        if (range) {
            for (const auto& entry : spool->read(*range, 1000, 1'000'000)) {
                const auto& message = std::get<Message>(entry.content);
                REQUIRE(message.topic == "gaps");
                told.push_back(json::parse(message.payload));
            }
        }
        return told;
    }

    test::TempFolder folder;
    WhenFull when_full_;
    std::optional<Spool> spool;
    SeriesId room = 0;
    SeriesId alarm = 0;
    BootTime now{0};
    std::uint64_t measured = 0;
    RangeSet busy;
    RangeSet dropped;
};

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
    Bench bench(WhenFull::thin);
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
    Bench bench(WhenFull::thin);
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
    Bench bench(WhenFull::drop_oldest);
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
    Bench bench(WhenFull::refuse);
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
    Bench bench(WhenFull::thin);
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
    Bench bench(WhenFull::thin);
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
        Bench bench(when);
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
    Bench bench(WhenFull::thin);
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

TEST_CASE("a file shrinks when max_size is made smaller") {
    Bench bench(WhenFull::thin, SizeLimit::unlimited);
    for (int group = 0; group < 120; ++group) {
        bench.measure();
    }
    RangeSet proved;
    proved.insert({1, bench.spool->last()});
    bench.spool->prove(proved);
    REQUIRE(bytes_on_disk(bench.path()) > 2 * max_bytes);
    bench.open(max_bytes);
    bench.keep_up();
    bench.open(max_bytes); // closing moves the log into the file
    CHECK(bytes_on_disk(bench.path()) <= max_bytes * 105 / 100);
    CHECK(bench.spool->stats().lost.empty());
}

TEST_CASE("readings committed one by one take few bytes once they are put together") {
    Bench bench(WhenFull::thin, SizeLimit::unlimited);
    constexpr int count = 2400;
    for (int i = 0; i < count; ++i) {
        bench.now += 1s;
        bench.spool->append(
            std::vector<Item>{Sample{bench.room, bench.value(), bench.now, i % 3 != 0}});
        if (i % 300 == 0) {
            bench.keep_up();
        }
    }
    bench.keep_up();
    const auto stats = bench.spool->stats();
    const auto entries = bench.pending();
    REQUIRE(entries.size() == count * 2 / 3);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        REQUIRE(entries[i].seq == i + 1);
    }
    bench.spool.reset();
    CHECK(bytes_on_disk(bench.path()) / count <= 24);
    Database database(bench.path(), Database::Access::read_only);
    CHECK(database.text("PRAGMA integrity_check") == "ok");
    CHECK(database.number("SELECT count(*) FROM up_block") < 300);
    CHECK(database.number("SELECT count(*) FROM local_block") < 300);
    CHECK(stats.pending == entries.size());
}

TEST_CASE("gaps of one kind and series grow together until they are sent") {
    Bench bench(WhenFull::thin);
    Loss loss;
    loss.series = bench.room;
    loss.add(1, 10s);
    loss.add(3, 20s);
    bench.spool->add_gaps(GapKind::refused, std::vector<Loss>{loss});
    Loss more;
    more.series = bench.room;
    more.add(11, 30s);
    more.add(13, 40s);
    bench.spool->add_gaps(GapKind::refused, std::vector<Loss>{more});
    Loss messages;
    messages.topic = R"(door "1")";
    messages.add(5s);
    bench.spool->add_gaps(GapKind::dropped, std::vector<Loss>{messages});
    CHECK(bench.spool->stats().open_gaps == 2);

    const auto gaps = bench.gaps();
    REQUIRE(gaps.size() == 2);
    CHECK(gaps[0]["kind"] == "refused");
    CHECK(gaps[0]["count"] == 4);
    CHECK(gaps[0]["from"] == 10);
    CHECK(gaps[0]["to"] == 40);
    CHECK(gaps[0]["min"] == 1);
    CHECK(gaps[0]["max"] == 13);
    CHECK(gaps[0]["mean"] == 7);
    CHECK(gaps[1]["topic"] == R"(door "1")");
    CHECK(gaps[1]["count"] == 1);
    CHECK_FALSE(gaps[1].contains("min"));
    CHECK(gaps[1]["gap"] > gaps[0]["gap"]);
    CHECK(bench.spool->urgent().size() == 2);
    const auto lost = bench.spool->stats().lost;
    CHECK(lost.at(GapKind::refused) == 4);
    CHECK(lost.at(GapKind::dropped) == 1);
}

TEST_CASE("gaps of very many topics share a row") {
    Bench bench(WhenFull::thin);
    for (int topic = 0; topic < 1200; topic += 100) {
        std::vector<Loss> losses(100);
        for (int i = 0; i < 100; ++i) {
            losses[static_cast<std::size_t>(i)].topic = std::to_string(topic + i);
            losses[static_cast<std::size_t>(i)].add(1s);
        }
        bench.spool->add_gaps(GapKind::dropped, losses);
    }
    CHECK(bench.spool->stats().open_gaps == 1001);
    CHECK(bench.spool->stats().lost.at(GapKind::dropped) == 1200);
}
