// Moments at which a power cut has its own meaning: while the file is made, between a receipt and
// its commit, and while nothing may be lost.

#include "edge/recorder.hpp"
#include "edge/spool/spool.hpp"
#include "edge/storage.hpp"
#include "support/catch.hpp"
#include "support/power_cut_disk.hpp"
#include "support/temp_folder.hpp"
#include "told_by_seq.hpp"

#include <boost/asio/io_context.hpp>

#include <random>

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;

TEST_CASE("a spool whose making was cut off is made again") {
    for (unsigned operation = 1; operation <= 40; ++operation) {
        for (unsigned seed = 0; seed < 4; ++seed) {
            INFO("operation " << operation << " seed " << seed);
            const test::TempFolder folder;
            test::PowerCutDisk disk(seed);
            disk.cut_at(operation);
            try {
                const Spool spool(folder / "spool.db", {"boot"}, Log::silent());
            } catch (const Error&) {
                REQUIRE(disk.is_cut());
            }
            disk.power_on();
            CHECK(Spool(folder / "spool.db", {"boot"}, Log::silent()).last() == 0);
        }
    }
}

TEST_CASE("what was proved and trimmed is not pending after a power cut") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    test::PowerCutDisk disk(1);
    {
        Spool spool(path, {"boot"}, Log::silent());
        spool.set_clock(WallTime(0), true);
        for (Seq seq = 1; seq <= 10; ++seq) {
            spool.append(std::vector{Item(Message{"t", "x", 1, false, BootTime(1)})});
        }
        RangeSet proved;
        proved.insert({1, 5});
        spool.prove(proved);
        REQUIRE(spool.trim(BootTime(1000), 100) == 5);
        disk.cut_at(1);
        CHECK_THROWS_AS(spool.append(std::vector{Item(Message{"t", "x", 1, false, BootTime(1)})}),
                        Error);
    }
    disk.power_on();
    const Spool spool(path, {"boot"}, Log::silent());
    CHECK(spool.pending().ranges() == std::vector{SeqRange{6, 10}});
    CHECK(spool.read({1, 10}, 100, 1000).size() == 5);
}

TEST_CASE("with nothing to lose nothing is passed on that a power cut can take", "[random]") {
    const auto seed = static_cast<unsigned>(Catch::rngSeed());
    std::mt19937 random(seed);
    for (unsigned round = 0; round < 100; ++round) {
        INFO("again with --rng-seed " << seed << ", round " << round);
        const test::TempFolder folder;
        test::PowerCutDisk disk(seed + round);
        Seq passed_on = 0;
        {
            Spool spool(folder / "spool.db", {"boot"}, Log::silent());
            const auto series = spool.series({"s", "t", "", Format::senml});
            disk.cut_at(1 + random() % 60);
            boost::asio::io_context loop;
            edge::Storage storage(loop, spool);
            edge::Recorder recorder(
                loop, storage, 0ms,
                {.committed = [&](const auto&,
                                  const auto& stored) { passed_on = stored.range.value().last; },
                 .hold = [] {},
                 .acknowledge = [] {},
                 .trouble = [](const auto&) {}},
                Log::silent());
            for (Seq seq = 1; recorder.trouble().empty(); ++seq) {
                recorder.add(item_of(seq, series, BootTime(1)));
                while (recorder.waiting() > 0 && recorder.trouble().empty()) {
                    loop.restart(); // it has stopped when it had nothing to do
                    loop.run_one();
                }
            }
        }
        disk.power_on();
        const Spool spool(folder / "spool.db", {"boot"}, Log::silent());
        REQUIRE(spool.last() >= passed_on);
        REQUIRE(spool.last() <= passed_on + 1);
        REQUIRE(spool.pending().size() == spool.last());
        for (const auto& entry : spool.read({1, spool.last()}, 100'000, 1'000'000'000)) {
            check_entry(entry);
        }
    }
}
