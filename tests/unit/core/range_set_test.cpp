#include "core/range_set.hpp"
#include "support/catch.hpp"

#include <random>
#include <set>

using namespace holdfast;

namespace {

SeqRange random_range(std::mt19937& random) {
    const Seq first = std::uniform_int_distribution<Seq>(1, 60)(random);
    return {first, first + std::uniform_int_distribution<Seq>(0, 12)(random)};
}

void check_same(const RangeSet& ranges, const std::set<Seq>& model) {
    std::set<Seq> listed;
    std::optional<Seq> last;
    for (const auto& range : ranges.ranges()) {
        REQUIRE(range.first <= range.last);
        REQUIRE((!last || range.first > *last + 1));
        last = range.last;
        for (Seq seq = range.first; seq <= range.last; ++seq) {
            listed.insert(seq);
        }
    }
    REQUIRE(listed == model);
    REQUIRE(ranges.size() == model.size());
}

} // namespace

TEST_CASE("a range set behaves like a set of numbers under random operations", "[random]") {
    std::mt19937 random(Catch::rngSeed());
    for (int round = 0; round < 200; ++round) {
        RangeSet ranges;
        std::set<Seq> model;
        for (int step = 0; step < 60; ++step) {
            const auto range = random_range(random);
            const bool insert = random() % 2 == 0;
            for (Seq seq = range.first; seq <= range.last; ++seq) {
                insert ? static_cast<void>(model.insert(seq)) : static_cast<void>(model.erase(seq));
            }
            insert ? ranges.insert(range) : ranges.erase(range);
            check_same(ranges, model);

            const auto window = random_range(random);
            const auto from = model.lower_bound(window.first);
            const auto to = model.upper_bound(window.last);
            REQUIRE(ranges.count_within(window.first, window.last) ==
                    static_cast<std::uint64_t>(std::distance(from, to)));
            check_same(ranges.within(window), std::set<Seq>(from, to));
            REQUIRE(ranges.contains(window.first) == (model.count(window.first) == 1));
        }
    }
}

TEST_CASE("the first range within bounds is cut to them") {
    RangeSet ranges;
    ranges.insert({10, 20});
    ranges.insert({30, 40});
    CHECK(ranges.first_within(1, 9) == std::nullopt);
    CHECK(ranges.first_within(15, 17) == SeqRange{15, 17});
    CHECK(ranges.first_within(21, 100) == SeqRange{30, 40});
    CHECK(ranges.containing(9) == std::nullopt);
    CHECK(ranges.containing(20) == SeqRange{10, 20});
    CHECK(ranges.containing(25) == std::nullopt);
    CHECK(ranges.containing(31) == SeqRange{30, 40});
    CHECK(ranges.front() == 10);
    CHECK(ranges.back() == 40);
}
