#include "edge/recorder.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <boost/asio/io_context.hpp>

using namespace holdfast;
using namespace holdfast::edge;
using namespace std::chrono_literals;

namespace {

Log silent() {
    return Log([](Log::Level, const std::string&) {});
}

/// A recorder over a real spool, and what it told.
class Bench {
public:
    explicit Bench(std::chrono::milliseconds lose_at_most)
        : spool(folder / "spool.db", {.boot_id = "boot"}, silent())
        , series(spool.series({"s", "sensors/s", "", Format::senml}))
        , storage(loop, spool)
        , recorder(
              loop, storage, lose_at_most,
              {.committed = [this](const auto& group, auto) { groups.push_back(group.size()); },
               .hold = [this] { told.push_back("hold"); },
               .acknowledge = [this] { told.push_back("acknowledge"); },
               .trouble = [this](const auto& reason) { troubles.push_back(reason); }},
              silent()) {}

    void measure() { recorder.add(spool::Sample{series, 1, boot_now(), true}); }
    bool run_until(std::size_t committed_groups, std::chrono::milliseconds limit = 10s) {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        loop.restart();
        while (groups.size() < committed_groups && std::chrono::steady_clock::now() < deadline) {
            loop.run_one_until(deadline);
        }
        return groups.size() >= committed_groups;
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
