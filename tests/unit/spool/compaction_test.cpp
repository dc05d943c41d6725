// The size of the file: what is given back, and what is put together.

#include "edge/spool/sqlite.hpp"
#include "limited_spool.hpp"

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;

TEST_CASE("a file shrinks when max_size is made smaller") {
    LimitedSpool bench(WhenFull::thin, SizeLimit::unlimited);
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
    LimitedSpool bench(WhenFull::thin, SizeLimit::unlimited);
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

TEST_CASE("readings that come first are put together too and still come first") {
    LimitedSpool bench(WhenFull::thin, SizeLimit::unlimited);
    constexpr std::size_t count = 1200;
    std::vector<double> measured;
    for (std::size_t i = 0; i < count; ++i) {
        bench.now += 1s;
        measured.push_back(bench.value());
        bench.spool->append(
            std::vector<Item>{Sample{bench.alarm, measured.back(), bench.now, true}});
    }
    bench.keep_up();
    bench.open(SizeLimit::unlimited);
    CHECK(bench.spool->urgent().size() == count);
    const auto entries = bench.pending();
    REQUIRE(entries.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
        CHECK(entries[i].seq == i + 1);
        CHECK(std::get<ReadingRow>(entries[i].content).value == measured[i]);
    }
    bench.spool.reset();
    Database database(bench.path(), Database::Access::read_only);
    CHECK(database.number("SELECT count(*) FROM up_block") < 300);
}
