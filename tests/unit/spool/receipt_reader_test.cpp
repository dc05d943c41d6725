#include "edge/spool/receipt_reader.hpp"
#include "edge/spool/spool.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace holdfast;
using namespace holdfast::spool;

namespace {

void append(Spool& spool, std::size_t count) {
    const auto id = spool.series({"room", "room/temperature", "Cel", Format::senml});
    spool.append(std::vector<Item>(count, Sample{id, 21.5, BootTime(1), true}));
}

void prove(Spool& spool, SeqRange range) {
    RangeSet set;
    set.insert(range);
    spool.prove(set);
    spool.save_receipts();
}

} // namespace

TEST_CASE("what has no receipt on disk is counted while the spool is being written") {
    const test::TempFolder folder;
    Spool spool(folder / "spool.db", {"boot"}, Log::silent());
    const ReceiptReader reader(folder / "spool.db");
    CHECK(reader.missing({1, 10}) == 10); // not even stored
    append(spool, 10);
    CHECK(reader.missing({1, 10}) == 10);
    prove(spool, {3, 5});
    CHECK(reader.missing({1, 10}) == 7);
    CHECK(reader.missing({3, 5}) == 0);
    CHECK(reader.missing({5, 6}) == 1);
    prove(spool, {1, 2});
    prove(spool, {6, 10});
    CHECK(reader.missing({1, 10}) == 0);
    CHECK(reader.missing({8, 12}) == 2);
    CHECK(reader.missing({11, 10}) == 0); // nothing was stored in that time
    append(spool, 5);
    CHECK(reader.missing({1, 15}) == 5);
    CHECK(reader.missing({1, 10}) == 0);
}

TEST_CASE("receipts are not read from what is no spool") {
    const test::TempFolder folder;
    CHECK_THROWS(ReceiptReader(folder / "none.db"));
}
