#include "core/atomic_file.hpp"
#include "edge/spool/schema.hpp"
#include "edge/spool/snapshot.hpp"
#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace holdfast;
using namespace holdfast::spool;

namespace {

Item message(const std::string& payload) {
    return Message{"devices/a", payload, 1, false, BootTime(1), false};
}

SeqRange append(Spool& spool, int count) {
    std::vector<Item> items;
    for (int i = 0; i < count; ++i) {
        items.push_back(message(std::to_string(i)));
    }
    return spool.append(items).value();
}

} // namespace

TEST_CASE("a snapshot has every row that was there and none that came later") {
    const test::TempFolder folder;
    Spool spool(folder / "spool.db", {"boot"}, Log::silent());
    const auto proved = append(spool, 100);
    RangeSet rows;
    rows.insert(proved);
    spool.prove(rows);
    append(spool, 20);
    take_snapshot(folder / "spool.db", folder / "copy.db");
    append(spool, 5);

    revive_snapshot(folder / "copy.db");
    const Spool copy(folder / "copy.db", {"boot"}, Log::silent());
    CHECK(copy.last() == 120);
    CHECK(copy.pending().size() == 20);
    CHECK(copy.epoch() != spool.epoch());
    CHECK(spool.last() == 125);
}

TEST_CASE("a snapshot is not written over anything") {
    const test::TempFolder folder;
    const Spool spool(folder / "spool.db", {"boot"}, Log::silent());
    write_file(folder / "copy.db", "mine", FileMode::public_);
    CHECK_THROWS_AS(take_snapshot(folder / "spool.db", folder / "copy.db"), Error);
    CHECK(read_file(folder / "copy.db") == "mine");
    CHECK_THROWS_AS(take_snapshot(folder / "nothing.db", folder / "new.db"), Error);
}

TEST_CASE("a damaged snapshot is not revived") {
    const test::TempFolder folder;
    {
        Spool spool(folder / "spool.db", {"boot"}, Log::silent());
        append(spool, 500);
    }
    take_snapshot(folder / "spool.db", folder / "copy.db");
    auto bytes = read_file(folder / "copy.db");
    bytes[bytes.size() - page_size_bytes / 2] ^= 1;
    write_file(folder / "copy.db", bytes, FileMode::public_);
    CHECK_THROWS_AS(revive_snapshot(folder / "copy.db"), Error);
    CHECK_THROWS_AS(revive_snapshot(folder / "nothing.db"), Error);
}

TEST_CASE("a spool that somebody writes to is in use") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    CHECK_NOTHROW(require_unused(path));
    CHECK_FALSE(std::filesystem::exists(path));
    {
        const Spool spool(path, {"boot"}, Log::silent());
        CHECK_THROWS_WITH(require_unused(path), ContainsSubstring("another process writes"));
    }
    CHECK_NOTHROW(require_unused(path));
}
