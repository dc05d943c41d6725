#include "edge/recorder.hpp"
#include "support/catch.hpp"
#include "support/failing_disk.hpp"
#include "support/temp_folder.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>

using namespace holdfast;
using namespace holdfast::edge;
using namespace std::chrono_literals;

namespace {

/// A recorder over a real spool, and what it told.
class Bench {
public:
    explicit Bench(std::chrono::milliseconds lose_at_most)
        : spool(folder / "spool.db", {.boot_id = "boot"}, Log::silent())
        , series(spool.series({"s", "sensors/s", "", Format::senml}))
        , storage(loop, spool)
        , recorder(
              loop, storage, lose_at_most,
              {.committed = [this](const auto& group, auto) { groups.push_back(group.size()); },
               .hold = [this] { told.push_back("hold"); },
               .acknowledge = [this] { told.push_back("acknowledge"); },
               .trouble = [this](const auto& reason) { troubles.push_back(reason); }},
              Log::silent()) {}

    void measure() { recorder.add(spool::Sample{series, 1, boot_now(), true}); }
    bool run_until(std::size_t committed_groups) {
        return run_until([=, this] { return groups.size() >= committed_groups; });
    }
    bool run_until(int committed_groups) {
        return run_until(static_cast<std::size_t>(committed_groups));
    }
    bool run_until(const std::function<bool()>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        loop.restart();
        while (!condition() && std::chrono::steady_clock::now() < deadline) {
            loop.run_one_until(deadline);
        }
        return condition();
    }
    spool::Stats stats() {
        std::optional<spool::Stats> stats;
        storage.run([](const spool::Spool& store) { return store.stats(); },
                    [&](const spool::Stats& now) { stats = now; }, [](const auto&) {});
        REQUIRE(run_until([&] { return stats.has_value(); }));
        return *stats;
    }

    test::TempFolder folder;
    boost::asio::io_context loop;
    spool::Spool spool;
    spool::SeriesId series;
    std::vector<std::size_t> groups;
    std::vector<std::string> told;
    std::vector<std::string> troubles;
    Storage storage;
    Recorder recorder;
};

} // namespace

TEST_CASE("readings within the time that may be lost are one commit") {
    Bench bench(50ms);
    for (int i = 0; i < 5; ++i) {
        bench.measure();
    }
    CHECK(bench.spool.last() == 0);
    REQUIRE(bench.run_until(1));
    CHECK(bench.groups == std::vector<std::size_t>{5});
    CHECK(bench.spool.last() == 5);
    CHECK(bench.recorder.waiting() == 0);
}

TEST_CASE("when nothing may be lost each reading is its own commit") {
    Bench bench(0ms);
    bench.measure();
    REQUIRE(bench.run_until(1));
    bench.measure();
    REQUIRE(bench.run_until(2));
    CHECK(bench.groups == std::vector<std::size_t>{1, 1});
}

TEST_CASE("a large group does not wait for its time") {
    Bench bench(60s);
    for (int i = 0; i < 2000; ++i) {
        bench.measure();
    }
    CHECK(bench.run_until(1));
}

TEST_CASE("a flush commits what waits") {
    Bench bench(60s);
    bench.measure();
    bool flushed = false;
    bench.recorder.flush([&] { flushed = true; });
    REQUIRE(bench.run_until(1));
    CHECK(flushed);
    CHECK(bench.spool.last() == 1);
}

TEST_CASE("a flush of nothing is done at once") {
    Bench bench(60s);
    bool flushed = false;
    bench.recorder.flush([&] { flushed = true; });
    CHECK(flushed);
}

TEST_CASE("no message comes while a group with messages is written and then all are acknowledged") {
    Bench bench(0ms);
    bench.recorder.add(Message{"devices/a", "on", 1, false, boot_now()});
    CHECK(bench.told == std::vector<std::string>{"hold"});
    REQUIRE(bench.run_until(1));
    CHECK(bench.told == std::vector<std::string>{"hold", "acknowledge"});
    CHECK(bench.spool.last() == 1);
}

TEST_CASE("a group without messages acknowledges none") {
    Bench bench(0ms);
    bench.measure();
    REQUIRE(bench.run_until(1));
    CHECK(bench.told.empty());
}

TEST_CASE("a disk that refuses is told once and readings go on when it takes them again") {
    test::FailingDisk disk;
    Bench bench(0ms);
    disk.fail(SQLITE_IOERR_WRITE);
    bench.measure();
    REQUIRE(bench.run_until([&] { return !bench.troubles.empty(); }));
    bench.measure();
    CHECK(bench.groups.empty());
    CHECK(bench.recorder.waiting() == 2);
    CHECK(bench.recorder.trouble() == bench.troubles.front());
    CHECK_THAT(bench.recorder.trouble(), ContainsSubstring("spool.db"));

    disk.heal();
    REQUIRE(bench.run_until(2));
    CHECK(bench.troubles.size() == 2);
    CHECK(bench.troubles.back().empty());
    CHECK(bench.spool.last() == 2);
}

TEST_CASE("readings beyond what memory may hold become a gap when the disk takes them again") {
    test::FailingDisk disk;
    Bench bench(0ms);
    disk.fail(SQLITE_FULL);
    bench.measure();
    REQUIRE(bench.run_until([&] { return !bench.troubles.empty(); }));
    for (std::size_t i = 0; i < Recorder::most_waiting + 7; ++i) {
        bench.measure();
    }
    CHECK(bench.recorder.dropped() == 7);
    CHECK(bench.recorder.waiting() == Recorder::most_waiting + 1);
    disk.heal();
    REQUIRE(bench.run_until(2));
    const auto stats = bench.stats();
    CHECK(stats.lost.at(spool::GapKind::refused) == 7);
    CHECK(stats.open_gaps == 1);
    CHECK(stats.pending == Recorder::most_waiting + 1);
}

TEST_CASE("a flush does not wait for the next try of a disk that refuses") {
    test::FailingDisk disk;
    Bench bench(0ms);
    disk.fail(SQLITE_FULL);
    bench.measure();
    const int refusals = 4; // the pause is 8 s then
    REQUIRE(bench.run_until([&] { return disk.failed() >= refusals; }));
    bench.stats(); // the outcome of the try came before
    const auto begin = std::chrono::steady_clock::now();
    bool flushed = false;
    bench.recorder.flush([&] { flushed = true; });
    REQUIRE(bench.run_until([&] { return flushed; }));
    CHECK(std::chrono::steady_clock::now() - begin < 7s);
    CHECK(bench.recorder.waiting() == 1);
}
