// A full disk: what finds no space stores nothing, harms nothing, and works again later.

#include "core/atomic_file.hpp"
#include "edge/spool/spool.hpp"
#include "small_disk.hpp"
#include "support/catch.hpp"

#include <cstring>
#include <fstream>

using namespace holdfast;
using namespace holdfast::spool;

namespace {

std::vector<Item> group(Seq first) {
    std::vector<Item> items;
    for (Seq seq = first; seq < first + 10; ++seq) {
        items.emplace_back(
            Message{"t", std::to_string(seq) + std::string(2000, 'x'), 1, false, BootTime(1)});
    }
    return items;
}

void check_content(const Spool& spool) {
    Seq next = 1;
    for (const auto& entry : spool.read({1, spool.last() + 100}, 1'000'000, 1'000'000'000)) {
        REQUIRE(entry.seq == next);
        const auto number = std::to_string(next);
        REQUIRE(std::get<Message>(entry.content).payload.substr(0, number.size()) == number);
        ++next;
    }
    REQUIRE(next == spool.last() + 1);
    REQUIRE(spool.pending().size() == spool.last());
}

/// Appends until the disk is full; answers how many groups went in.
int fill(Spool& spool) {
    for (int groups = 0;; ++groups) {
        try {
            spool.append(group(spool.last() + 1));
        } catch (const DiskFull&) {
            return groups;
        }
        REQUIRE(groups < 10'000);
    }
}

/// Sets one clock after another, the smallest write there is, until not even that has space;
/// answers the last that went in.
WallTime set_clocks(Spool& spool) {
    WallTime last{};
    for (WallTime next(1); next < WallTime(10'000); ++next) {
        try {
            spool.set_clock(next, false);
        } catch (const DiskFull&) {
            return last;
        }
        last = next;
    }
    FAIL("the disk never got full");
    return last;
}

/// A row whose page the card has zeroed.
void damage(const std::filesystem::path& path) {
    std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
    constexpr std::streamoff page = 1024;
    stream.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path)) / page / 2 * page);
    stream << std::string(page, '\0');
    REQUIRE(stream.good());
}

void fill(const test::SmallDisk& disk) {
    std::ofstream rest(disk / "rest");
    while (rest.put('r').flush()) {
    }
}

} // namespace

TEST_CASE("a salvage that finds no space leaves all as it was and succeeds when there is some") {
    const test::SmallDisk disk;
    if (!disk.mounted()) {
        SKIP_TEST("this user may not mount a small tmpfs: " << std::strerror(errno));
    }
    const auto path = disk / "spool.db";
    {
        Spool spool(path, {"boot"}, Log::silent());
        for (int groups = 0; groups < 20; ++groups) {
            spool.append(group(spool.last() + 1));
        }
    }
    damage(path);
    mark_damaged(path, "a page was zeroed");
    const auto damaged = read_file(path);
    fill(disk);
    for (int attempt = 0; attempt < 2; ++attempt) {
        CHECK_THROWS_AS(Spool(path, {"boot"}, Log::silent()), DiskFull);
        CHECK(read_file(path) == damaged);
        CHECK_FALSE(std::filesystem::exists(path.string() + "-salvaging"));
    }
    std::filesystem::remove(disk / "rest");
    const Spool spool(path, {"boot"}, Log::silent());
    REQUIRE(spool.salvaged());
    CHECK(spool.salvaged()->saved > 150);
    CHECK(read_file(spool.salvaged()->moved_to) == damaged);
    CHECK(spool.stats().open_gaps == 1);
}

TEST_CASE("a full disk refuses an append whole and works again when space returns") {
    const test::SmallDisk disk;
    if (!disk.mounted()) {
        SKIP_TEST("this user may not mount a small tmpfs: " << std::strerror(errno));
    }
    disk.add_ballast();
    const auto path = disk / "spool.db";
    Seq last = 0;
    {
        Spool spool(path, {"boot"}, Log::silent());
        REQUIRE(fill(spool) > 5);
        last = spool.last();
        check_content(spool);
        CHECK_THROWS_AS(spool.append(group(last + 1)), DiskFull);
        CHECK(spool.last() == last);

        disk.remove_ballast();
        CHECK(spool.append(group(last + 1)) == SeqRange{last + 1, last + 10});
        check_content(spool);
        fill(spool);
        last = spool.last();
    }
    const Spool spool(path, {"boot"}, Log::silent());
    CHECK(spool.last() == last);
    check_content(spool);
}

TEST_CASE("on a full disk neither a clock nor a series nor a receipt is half stored") {
    const test::SmallDisk disk;
    if (!disk.mounted()) {
        SKIP_TEST("this user may not mount a small tmpfs: " << std::strerror(errno));
    }
    disk.add_ballast();
    const auto path = disk / "spool.db";
    const Series series{"room", "room/temperature", "Cel", Format::senml};
    const WallTime offset(1'700'000'000'000'000);
    Seq last = 0;
    SeriesId id = 0;
    {
        Spool spool(path, {"boot"}, Log::silent());
        fill(spool);
        last = spool.last();
        const auto wall_time = [&spool] { return spool.read({1, 1}, 1, 1).at(0).at; };

        const auto stored = set_clocks(spool);
        CHECK_THROWS_AS(spool.set_clock(offset, true), DiskFull);
        CHECK_THROWS_AS(spool.series(series), DiskFull);
        RangeSet receipts;
        receipts.insert({2, 3});
        spool.prove(receipts);
        CHECK_THROWS_AS(spool.save_receipts(), DiskFull);
        CHECK(wall_time() == stored + BootTime(1));
        CHECK(spool.pending().size() == last - 2);

        disk.remove_ballast();
        spool.set_clock(offset, true);
        id = spool.series(series);
        CHECK(spool.series(id) == series);
        spool.save_receipts();
        CHECK(wall_time() == offset + BootTime(1));
    }
    Spool spool(path, {"boot"}, Log::silent());
    CHECK(spool.series(series) == id);
    CHECK(spool.pending().size() == last - 2);
    const auto first = spool.read({1, 1}, 1, 1).at(0);
    CHECK(first.at == offset + BootTime(1));
    CHECK(first.synchronised);
}
