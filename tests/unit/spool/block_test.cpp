#include "edge/spool/block.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::spool;

namespace {

std::string sample_block() {
    BlockWriter writer;
    writer.add(Sample{1, 21.5, BootTime(1'000'000), true});
    writer.add(Sample{300, -1.0 / 3, BootTime(999'000), true});
    writer.add(Message{"door", "open", 1, true, BootTime(2'000'000)});
    return writer.take();
}

} // namespace

TEST_CASE("a block gives back its items") {
    const auto items = read_block(sample_block(), "here");
    REQUIRE(items.size() == 3);
    CHECK(std::get<ReadingRow>(items[0].content) == ReadingRow{1, 21.5});
    CHECK(items[0].at == BootTime(1'000'000));
    CHECK(std::get<ReadingRow>(items[1].content) == ReadingRow{300, -1.0 / 3});
    CHECK(items[1].at == BootTime(999'000));
    CHECK(std::get<Message>(items[2].content).payload == "open");
    CHECK(items[2].at == BootTime(2'000'000));
}

TEST_CASE("every flipped bit and every lost end of a block is noticed") {
    const auto block = sample_block();
    for (std::size_t length = 0; length < block.size(); ++length) {
        CHECK_THROWS_AS(read_block(block.substr(0, length), "here"), DatabaseDamaged);
    }
    for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
        auto broken = block;
        broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ 1 << bit % 8);
        CHECK_THROWS_AS(read_block(broken, "here"), DatabaseDamaged);
    }
    CHECK_THROWS_AS(read_block(std::string(block.size(), '\0'), "here"), DatabaseDamaged);
}

TEST_CASE("a reading of a sensor takes few bytes") {
    BlockWriter writer;
    for (int i = 0; i < 100; ++i) {
        writer.add(Sample{1 + i % 10, 20 + i / 100.0, BootTime(100'000 * i + i * i), true});
    }
    CHECK(writer.take().size() < 800);
}

TEST_CASE("a sparse block gives back what its items cover and stand for") {
    const Spread spread{4, -1.5, 1.0 / 3, BootTime(3000)};
    const ReadingRow merged{7, 0.25, spread};
    BlockWriter writer(BlockWriter::Layout::sparse);
    writer.add(BlockItem{BootTime(1000), ReadingRow{7, 1}, {0, 0}});
    writer.add(BlockItem{BootTime(9000), merged, {1, 6}});
    writer.add(BlockItem{BootTime(9001), Message{"a", "b", 0, false, BootTime(9001)}, {7, 8}});
    CHECK(writer.count() == 9);

    const auto items = read_block(writer.take(), "here");
    REQUIRE(items.size() == 3);
    CHECK(std::get<ReadingRow>(items[0].content) == ReadingRow{7, 1});
    CHECK(std::get<ReadingRow>(items[1].content) == merged);
    CHECK(items[1].at == BootTime(9000));
    CHECK(items[0].places == SeqRange{0, 0});
    CHECK(items[1].places == SeqRange{1, 6});
    CHECK(items[2].places == SeqRange{7, 8});
}
