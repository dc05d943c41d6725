#include "edge/recorder.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace holdfast;
using namespace holdfast::edge;
using namespace std::chrono_literals;

namespace {

/// A recorder over a real spool, whose handlers write down what they are told.
struct Bench {
    explicit Bench(std::chrono::milliseconds lose_at_most)
        : spool(folder / "spool.db", {.boot_id = "boot"}, log)
        , storage(loop, spool)
        , series(spool.series({"s", "t", "", Format::senml}))
        , recorder(loop, storage, lose_at_most,
                   {.committed =
                        [this](const auto& group, auto range) {
                            events.push_back("committed " + std::to_string(group.size()));
                            last = range ? range->last : 0;
                        },
                    .hold = [this] { events.emplace_back("hold"); },
                    .acknowledge = [this] { events.emplace_back("acknowledge"); }},
                   log) {}

    void add_reading() { recorder.add(spool::Sample{series, 1.5, BootTime(1), true}); }
    void add_message() { recorder.add(Message{"d", "x", 1, false, BootTime(1)}); }
    void run() {
        loop.restart();
        loop.run();
    }

    test::TempFolder folder;
    Log log{[](Log::Level, const std::string&) {}};
    boost::asio::io_context loop;
    spool::Spool spool;
    Storage storage;
    spool::SeriesId series;
    std::vector<std::string> events;
    Seq last = 0;
    Recorder recorder;
};

using Events = std::vector<std::string>;

} // namespace

TEST_CASE("a message that comes while readings are written is not acknowledged with them") {
    Bench bench(0ms);
    bench.add_reading(); // its writing begins at once, on the spool's thread
    bench.add_message();
    bench.run();
    CHECK(bench.events == Events{"committed 1", "hold", "committed 1", "acknowledge"});
    CHECK(bench.last == 2);
}

TEST_CASE("a group closes when its oldest item is as old as may be lost") {
    Bench bench(20ms);
    bench.add_reading();
    bench.add_message();
    CHECK(bench.events.empty());
    bench.run();
    CHECK(bench.events == Events{"hold", "committed 2", "acknowledge"});
}

TEST_CASE("a flush writes what waits without waiting for its age") {
    Bench bench(1h);
    bool flushed = false;
    bench.add_reading();
    bench.recorder.flush([&] { flushed = true; });
    bench.run();
    CHECK(flushed);
    CHECK(bench.spool.last() == 1);
    CHECK(bench.recorder.waiting() == 0);
}
