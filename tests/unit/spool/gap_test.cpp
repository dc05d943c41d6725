// Gaps: what is told of what was lost.

#include "limited_spool.hpp"

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;

TEST_CASE("gaps of one kind and series grow together until they are sent") {
    LimitedSpool bench(WhenFull::thin);
    Loss loss;
    loss.series = bench.room;
    loss.add(1, 10s);
    loss.add(3, 20s);
    bench.spool->add_gaps(GapKind::refused, std::vector<Loss>{loss});
    Loss more;
    more.series = bench.room;
    more.add(11, 30s);
    more.add(13, 40s);
    bench.spool->add_gaps(GapKind::refused, std::vector<Loss>{more});
    Loss messages;
    messages.topic = R"(door "1")";
    messages.add(5s);
    bench.spool->add_gaps(GapKind::dropped, std::vector<Loss>{messages});
    CHECK(bench.spool->stats().open_gaps == 2);

    const auto gaps = bench.gaps();
    REQUIRE(gaps.size() == 2);
    CHECK(gaps[0]["kind"] == "refused");
    CHECK(gaps[0]["count"] == 4);
    CHECK(gaps[0]["from"] == 10);
    CHECK(gaps[0]["to"] == 40);
    CHECK(gaps[0]["min"] == 1);
    CHECK(gaps[0]["max"] == 13);
    CHECK(gaps[0]["mean"] == 7);
    CHECK(gaps[1]["topic"] == R"(door "1")");
    CHECK(gaps[1]["count"] == 1);
    CHECK_FALSE(gaps[1].contains("min"));
    CHECK(gaps[1]["gap"] > gaps[0]["gap"]);
    CHECK(bench.spool->urgent().size() == 2);
    const auto lost = bench.spool->stats().lost;
    CHECK(lost.at(GapKind::refused) == 4);
    CHECK(lost.at(GapKind::dropped) == 1);
}

TEST_CASE("gaps of very many topics share a row") {
    LimitedSpool bench(WhenFull::thin);
    for (int topic = 0; topic < 1200; topic += 100) {
        std::vector<Loss> losses(100);
        for (int i = 0; i < 100; ++i) {
            losses[static_cast<std::size_t>(i)].topic = std::to_string(topic + i);
            losses[static_cast<std::size_t>(i)].add(1s);
        }
        bench.spool->add_gaps(GapKind::dropped, losses);
    }
    CHECK(bench.spool->stats().open_gaps == 1001);
    CHECK(bench.spool->stats().lost.at(GapKind::dropped) == 1200);
}
