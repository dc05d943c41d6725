// Messages that others may equal: no echo proves another (docs/decisions/0003).
#include "core/topics.hpp"
#include "support/catch.hpp"
#include "unit/uplink/flow_fixture.hpp"

using namespace holdfast;
using namespace holdfast::uplink;
using namespace holdfast::uplink::test;
using namespace std::chrono_literals;

TEST_CASE("equal messages wait for a barrier and go one at a time") {
    auto flow = connected();
    feed(flow, 1, {one(1, "21.5", false), one(2, "21.5", false), one(3, "22", false)});
    const auto barrier = flow.due(0s);
    REQUIRE(barrier.size() == 1);
    CHECK(barrier[0].topic == topics::barrier);
    CHECK(flow.receipt("t", "21.5", 0s).empty()); // of an earlier life
    flow.receipt("sync", barrier[0].payload, 0s);
    CHECK(payloads(flow.due(0s)) == Payloads{"21.5"}); // the topic keeps its order
    CHECK(flow.receipt("t", "21.5", 1s) == rows(1, 1));
    CHECK(payloads(flow.due(1s)) == Payloads{"21.5", "22"});
}

TEST_CASE("an echo of an equal message from before a reconnect proves nothing") {
    auto flow = connected();
    feed(flow, 1, {one(1, "21.5", false)});
    flow.receipt("sync", flow.due(0s).at(0).payload, 0s);
    CHECK(flow.due(0s).size() == 1);
    flow.link(true, 1s);
    CHECK(flow.receipt("t", "21.5", 1s).empty());
    CHECK(flow.stats().pending == 1);
}

TEST_CASE("an equal message waits for a barrier after one that only came late was taken for lost") {
    auto flow = connected();
    feed(flow, 1, {one(1, "21.5", false), one(2, "x", true, "other")});
    const auto first = flow.due(0s);
    REQUIRE(topics_of(first) == Payloads{"sync", "other"});
    flow.receipt("sync", first.front().payload, 0s);
    REQUIRE(payloads(flow.due(0s)) == Payloads{"21.5"});
    REQUIRE(flow.receipt("other", "x", 0s) == rows(2, 2));
    feed(flow, 3, {one(3, "21.5", false), one(4, "y", true, "other")});
    REQUIRE(payloads(flow.due(0s)) == Payloads{"y"});
    REQUIRE(flow.receipt("other", "y", 1s) == rows(4, 4)); // overtakes the first 21.5

    // Its echo can still come, and must not be taken for that of the second.
    const auto barrier = flow.due(10s);
    REQUIRE(topics_of(barrier) == Payloads{"sync"});
    CHECK(flow.receipt("t", "21.5", 10s).empty());
    CHECK(flow.due(10s).empty());
    flow.receipt("sync", barrier.front().payload, 10s);
    CHECK(payloads(flow.due(10s)) == Payloads{"21.5"});
    CHECK(flow.receipt("t", "21.5", 11s) == rows(1, 1));
    CHECK(payloads(flow.due(11s)) == Payloads{"21.5"});
    CHECK(flow.receipt("t", "21.5", 12s) == rows(3, 3));
}
