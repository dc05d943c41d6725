// A disk that fails at every place in turn: what was stored stays, nothing is half stored, and the
// spool goes on when the disk does.

#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"
#include "support/catch.hpp"
#include "support/failing_disk.hpp"
#include "support/temp_folder.hpp"

#include <functional>

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;

namespace {

const Series room{"room", "room", "Cel", Format::senml};

/// A spool and what it should hold.
class Bench {
public:
    Bench() { open(); }

    void open() {
        spool.reset();
        spool.emplace(folder / "spool.db", Spool::Options{"boot", 200'000, WhenFull::drop_oldest},
                      Log::silent());
        spool->set_clock(0s, true);
        series = spool->series(room);
    }

    /// One step of everything that writes; whether the disk refused it.
    bool attempt(const std::function<void()>& work) {
        try {
            work();
            return false;
        } catch (const Error&) {
            return true;
        }
    }

    bool append(int count = 500) {
        std::vector<Item> items;
        for (int i = 0; i < count; ++i) {
            items.emplace_back(
                Sample{series, static_cast<double>(spool->last()) + i + 1, BootTime(1), true});
        }
        return attempt([&] {
            if (const auto range = spool->append(items)) {
                pending.insert(*range);
            }
        });
    }

    bool prove() {
        RangeSet proved;
        const Seq first = 1 + spool->last() / 3;
        proved.insert({first, first + 40});
        spool->prove(proved);
        pending.erase(proved);
        return attempt([&] { spool->save_receipts(); });
    }

    bool keep_up() {
        return attempt([&] {
            for (bool more = true; more;) {
                const auto done = spool->upkeep(WallTime(0), {});
                pending.erase(done.dropped);
                dropped += done.dropped.size();
                more = done.more;
            }
        });
    }

    void check() {
        REQUIRE(spool->pending() == pending);
        for (const auto& range : pending.ranges()) {
            Seq next = range.first;
            for (const auto& entry : spool->read(range, 1'000'000, 1'000'000'000)) {
                REQUIRE(entry.seq == next++);
                REQUIRE(std::get<ReadingRow>(entry.content).value ==
                        static_cast<double>(entry.seq));
            }
            REQUIRE(next == range.last + 1);
        }
        const auto lost = spool->stats().lost;
        REQUIRE((lost.contains(GapKind::dropped) ? lost.at(GapKind::dropped) : 0) == dropped);
    }

    test::TempFolder folder;
    std::optional<Spool> spool;
    SeriesId series = 0;
    RangeSet pending;
    std::uint64_t dropped = 0;
};

} // namespace

TEST_CASE("a write that fails anywhere costs nothing that was stored") {
    test::FailingDisk disk;
    for (const int code : {SQLITE_IOERR_WRITE, SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR_FSYNC}) {
        Bench bench;
        bool refused = false;
        for (int place = 0; place < 60; ++place) {
            INFO("code " << code << " place " << place);
            disk.fail(code, place % 30, place % 3 + 1);
            refused = bench.append() || refused;
            refused = bench.prove() || refused;
            refused = bench.keep_up() || refused;
            disk.heal();
            bench.check();
        }
        CHECK(refused);
        CHECK_FALSE(bench.append());
        CHECK_FALSE(bench.keep_up());
        CHECK(bench.dropped > 0);
        bench.open();
        bench.check();
        bench.spool.reset();
        Database database(bench.folder / "spool.db", Database::Access::read_only);
        CHECK(database.text("PRAGMA integrity_check") == "ok");
    }
    CHECK(disk.failed() > 50);
}

TEST_CASE("a spool that is opened again after a failing disk holds what was stored") {
    test::FailingDisk disk;
    for (int place = 0; place < 12; ++place) {
        INFO("place " << place);
        Bench bench;
        bench.append();
        disk.fail(SQLITE_IOERR_WRITE, place);
        bench.append();
        const auto last = bench.spool->last();
        const auto pending = bench.pending;
        bench.spool.reset(); // moving the log into the file fails as well
        disk.heal();
        bench.open();
        // An append whose commit failed late may yet be there, whole: nobody was told that it is.
        CHECK((bench.spool->last() == last || bench.spool->last() == last + 500));
        CHECK(bench.spool->pending().within({1, last}) == pending);
    }
}
