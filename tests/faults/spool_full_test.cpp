// A full disk: an append that finds no space stores nothing, harms nothing, and works again later.

#include "edge/spool/spool.hpp"
#include "small_disk.hpp"
#include "support/catch.hpp"

#include <cstring>
#include <fstream>

using namespace holdfast;
using namespace holdfast::spool;

namespace {

Log silent() {
    return Log([](Log::Level, const std::string&) {});
}

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

} // namespace

TEST_CASE("a full disk refuses an append whole and works again when space returns") {
    const test::SmallDisk disk;
    if (!disk.mounted()) {
        WARN("skipped: this user may not mount a small tmpfs: " << std::strerror(errno));
        return;
    }
    {
        std::ofstream ballast(disk / "ballast");
        ballast << std::string(800'000, 'b');
    }
    const auto path = disk / "spool.db";
    Seq last = 0;
    {
        Spool spool(path, {"boot"}, silent());
        REQUIRE(fill(spool) > 5);
        last = spool.last();
        check_content(spool);
        CHECK_THROWS_AS(spool.append(group(last + 1)), DiskFull);
        CHECK(spool.last() == last);

        std::filesystem::remove(disk / "ballast");
        CHECK(spool.append(group(last + 1)) == SeqRange{last + 1, last + 10});
        check_content(spool);
        fill(spool);
        last = spool.last();
    }
    const Spool spool(path, {"boot"}, silent());
    CHECK(spool.last() == last);
    check_content(spool);
}
