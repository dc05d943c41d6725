// kill -9 at any moment: what append() returned from is there afterwards, once and in order.

#include "core/unique_fd.hpp"
#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <random>
#include <thread>

using namespace holdfast;
using namespace holdfast::spool;

namespace {

/// What the child says of itself over the pipe, after the call that it speaks of has returned.
struct Report {
    SeqRange appended;
    Seq proved_to; ///< all up to here was proved, and that is on disk
};

// Every row can be told from its Seq alone, so that a reader sees any that is torn or misplaced.
Item item_of(Seq seq, SeriesId series) {
    const auto at = BootTime(static_cast<std::int64_t>(seq));
    if (seq % 7 == 0) {
        return Message{"t", std::string(seq % 3000, static_cast<char>('a' + seq % 26)), 1, false,
                       at};
    }
    return Sample{series, static_cast<double>(seq) / 8, at, true};
}

bool is_item_of(const Entry& entry) {
    if (const auto* const message = std::get_if<Message>(&entry.content)) {
        return message->payload == std::get<Message>(item_of(entry.seq, 0)).payload;
    }
    return std::get<ReadingRow>(entry.content).value == static_cast<double>(entry.seq) / 8;
}

/// Appends, proves and trims until it is killed.
[[noreturn]] void work(const std::filesystem::path& path, int pipe, unsigned seed) {
    std::mt19937 random(seed);
    Spool spool(path, {"boot"}, Log::silent());
    const auto series = spool.series({"s", "t", "", Format::senml});
    spool.set_clock(WallTime(0), true);
    for (;;) {
        std::vector<Item> items;
        for (Seq count = 1 + random() % 60; count > 0; --count) {
            items.push_back(item_of(spool.last() + 1 + items.size(), series));
        }
        Report report{};
        if (random() % 3 == 0) {
            RangeSet proved;
            proved.insert({1, spool.last() / 2 + 1});
            spool.prove(proved);
            report.proved_to = spool.pending().front().value_or(spool.last() + 1) - 1;
        }
        report.appended = *spool.append(items);
        if (::write(pipe, &report, sizeof report) != sizeof report) {
            ::_exit(1);
        }
    }
}

/// Runs work() for a while, kills it and answers all that it reported.
std::vector<Report> run_and_kill(const std::filesystem::path& path, unsigned seed,
                                 std::chrono::microseconds delay) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        try {
            work(path, writing.get(), seed);
        } catch (...) {
            ::_exit(1);
        }
    }
    writing = UniqueFd();
    std::this_thread::sleep_for(delay); // the moment of the kill is what the test draws
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));

    std::vector<Report> reports;
    Report report{};
    while (::read(reading.get(), &report, sizeof report) == sizeof report) {
        reports.push_back(report);
    }
    return reports;
}

void check_all_there(const Spool& spool) {
    Seq next = 1;
    while (next <= spool.last()) {
        for (const auto& entry : spool.read({next, spool.last()}, 1000, 1'000'000)) {
            REQUIRE(entry.seq == next);
            REQUIRE(is_item_of(entry));
            ++next;
        }
    }
    REQUIRE(spool.read({next, next + 1000}, 10, 1000).empty());
}

} // namespace

TEST_CASE("kill -9 at any moment loses nothing that append returned from", "[random]") {
    const auto seed = static_cast<unsigned>(Catch::rngSeed());
    std::mt19937 random(seed);
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    Seq last = 0;
    Seq proved_to = 0;
    for (unsigned round = 0; round < 40; ++round) {
        INFO("seed " << seed << " round " << round);
        const auto delay = std::chrono::microseconds(random() % (round % 4 == 0 ? 8'000 : 80'000));
        for (const auto& report : run_and_kill(path, seed + round, delay)) {
            REQUIRE(report.appended.first == last + 1);
            last = report.appended.last;
            proved_to = std::max(proved_to, report.proved_to);
        }

        const Spool spool(path, {"boot"}, Log::silent());
        REQUIRE(spool.last() >= last);
        REQUIRE(spool.last() <= last + 60); // at most the one group whose report was cut off
        last = spool.last();
        check_all_there(spool);
        const auto pending = spool.pending().ranges();
        REQUIRE(pending.size() <= 1);
        if (!pending.empty()) {
            REQUIRE(pending[0].last == last);
            REQUIRE(pending[0].first > proved_to);
            proved_to = pending[0].first - 1;
        }
    }
    CHECK(last > 100);
    CHECK(proved_to > 0);
    CHECK(Database(path, Database::Access::read_only).text("PRAGMA integrity_check") == "ok");
}
