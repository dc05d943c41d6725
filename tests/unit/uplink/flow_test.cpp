#include "core/topics.hpp"
#include "edge/uplink/flow.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::uplink;
using namespace std::chrono_literals;

namespace {

Batch one(Seq seq, std::string payload, bool unique, std::string topic = "t") {
    Batch batch{
        .topic = std::move(topic), .payload = std::move(payload), .rows = {}, .unique = unique};
    batch.rows.insert({seq, seq});
    return batch;
}

RangeSet rows(Seq first, Seq last) {
    RangeSet set;
    set.insert({first, last});
    return set;
}

Flow connected(Limits limits = {}, const RangeSet& pending = {}) {
    Flow flow(limits, pending, "run");
    flow.local(true);
    flow.link(true, 0s);
    return flow;
}

void feed(Flow& flow, Seq first, std::vector<Batch> batches) {
    flow.appended({first, first + batches.size() - 1});
    const auto want = flow.want();
    REQUIRE(want);
    flow.packed(*want, std::move(batches));
}

std::vector<std::string> payloads(const std::vector<Flow::Publish>& publishes) {
    std::vector<std::string> all;
    for (const auto& publish : publishes) {
        all.push_back(publish.payload);
    }
    return all;
}

using Payloads = std::vector<std::string>;

} // namespace

TEST_CASE("nothing is handed over without a connection and a link") {
    Flow flow({}, rows(1, 5), "run");
    CHECK_FALSE(flow.want());
    flow.local(true);
    CHECK_FALSE(flow.want());
    flow.link(true, 0s);
    CHECK(flow.want());
    flow.link(false, 1s);
    CHECK(flow.due(1s).empty());
}

TEST_CASE("only the echo of a batch makes its rows history") {
    auto flow = connected();
    feed(flow, 1, {one(1, "a", true)});
    CHECK(payloads(flow.due(0s)) == Payloads{"a"});
    CHECK(flow.receipt("t", "b", 1s).empty());
    CHECK(flow.receipt("other", "a", 1s).empty());
    CHECK(flow.stats().pending == 1);
    CHECK(flow.receipt("t", "a", 1s) == rows(1, 1));
    CHECK(flow.stats().pending == 0);
    CHECK(flow.receipt("t", "a", 2s).empty());
}

TEST_CASE("a link that blinks makes nothing go again and its silence is not the cloud's") {
    auto flow = connected();
    feed(flow, 1, {one(1, "a", true)});
    flow.due(0s);
    flow.link(false, 1s);
    flow.link(true, 60s);
    CHECK(flow.due(69s).empty());
    CHECK_FALSE(flow.take_stall());
}

TEST_CASE("silence under a link calls for a new session and then for everything again") {
    auto flow = connected();
    feed(flow, 1, {one(1, "a", true), one(2, "b", true)});
    flow.due(0s);
    CHECK(flow.wake(0s) == Time(10s));
    CHECK(flow.due(10s).empty());
    CHECK(flow.take_stall());
    CHECK_FALSE(flow.take_stall());
    flow.link(true, 12s); // the bridge came back, and its queue was gone
    CHECK(flow.due(21s).empty());
    CHECK(payloads(flow.due(22s)) == Payloads{"a"}); // asks whether anybody is there
    CHECK(payloads(flow.due(32s)) == Payloads{"a"});
    CHECK(flow.receipt("t", "a", 33s) == rows(1, 1));
    CHECK(payloads(flow.due(33s)) == Payloads{"b"});
    CHECK(flow.stats().stalls == 3);
}

TEST_CASE("a batch that others have overtaken goes again and a slow link makes nothing go twice") {
    auto flow = connected();
    feed(flow, 1, {one(1, "a", true), one(2, "b", true), one(3, "c", true)});
    flow.due(0s);
    flow.receipt("t", "b", 9s); // "a" is lost
    CHECK(flow.due(18s).empty());
    CHECK(payloads(flow.due(19s)).empty()); // silence since "b"
    flow.receipt("t", "c", 20s);
    CHECK(payloads(flow.due(20s)) == Payloads{"a"});
    CHECK(flow.stats().resent == 1);

    auto slow = connected();
    feed(slow, 1, {one(1, "a", true), one(2, "b", true), one(3, "c", true)});
    slow.due(0s);
    for (const auto* payload : {"a", "b", "c"}) {
        const auto late = slow.stats().receipts * 9s + 9s;
        CHECK(slow.due(late).empty());
        CHECK_FALSE(slow.receipt("t", payload, late).empty());
    }
    CHECK(slow.stats().resent == 0);
}

TEST_CASE("a new connection to the local broker hands over again in the old order") {
    auto flow = connected();
    feed(flow, 1, {one(1, "a", true), one(2, "b", true)});
    flow.due(0s);
    flow.local(false);
    flow.local(true);
    CHECK(flow.due(1s).empty());
    flow.link(true, 2s);
    CHECK(payloads(flow.due(2s)) == Payloads{"a", "b"});
}

TEST_CASE("the window bounds what is in flight by number and by bytes") {
    auto flow = connected({.batches_in_flight = 2, .bytes_in_flight = 100});
    feed(flow, 1,
         {one(1, std::string(60, 'a'), true), one(2, std::string(60, 'b'), true),
          one(3, "c", true)});
    CHECK(flow.due(0s).size() == 1);
    flow.receipt("t", std::string(60, 'a'), 1s);
    CHECK(flow.due(1s).size() == 2);
    CHECK(flow.stats().in_flight == 2);
}

TEST_CASE("the pace bounds publishes a second and says when the next may go") {
    auto flow = connected({.batches_in_flight = 1000, .publishes_per_second = 10});
    std::vector<Batch> batches;
    for (Seq seq = 1; seq <= 50; ++seq) {
        batches.push_back(one(seq, std::to_string(seq), true));
    }
    feed(flow, 1, std::move(batches));
    std::size_t sent = 0;
    Time now = 0s;
    while (now <= 2s) {
        sent += flow.due(now).size();
        const auto next = flow.wake(now);
        REQUIRE(next);
        REQUIRE(*next > now);
        now = *next;
    }
    CHECK(sent >= 20);
    CHECK(sent <= 22);
}

TEST_CASE("new readings overtake a backlog and the backlog keeps its share") {
    auto flow = connected({}, rows(1, 100'000));
    unsigned backlog = 0;
    for (Seq seq = 100'001; seq <= 100'040; ++seq) {
        flow.appended({seq, seq});
        const auto want = flow.want();
        REQUIRE(want);
        backlog += want->live ? 0U : 1U;
        const auto payload = std::to_string(want->range.first);
        flow.packed(*want, {one(want->range.first, payload, true)});
        flow.due(Time(seq) * 1000);
        flow.receipt("t", payload, 0s);
    }
    CHECK(backlog >= 8);
    CHECK(backlog <= 20);
}

TEST_CASE("fifo sends in the order of the spool") {
    auto flow = connected({.live_first = false}, rows(1, 10));
    flow.appended({11, 12});
    const auto want = flow.want();
    REQUIRE(want);
    CHECK(want->range.first == 1);
}

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

TEST_CASE("what was not read of a stretch is wanted again") {
    auto flow = connected({}, rows(1, 3));
    const auto want = flow.want();
    REQUIRE(want);
    CHECK_FALSE(flow.want());
    flow.packed(*want, {one(1, "a", true)});
    CHECK(flow.stats().pending == 3);
    const auto again = flow.want();
    REQUIRE(again);
    CHECK(again->range == SeqRange{2, 3});
}

TEST_CASE("rows of priority series are wanted before all others also of the backlog") {
    Flow flow({}, rows(1, 5000), "run", rows(4000, 4001));
    flow.local(true);
    flow.link(true, 0s);
    flow.appended({5001, 5010}, rows(5003, 5003));
    const auto next = [&] {
        const auto want = flow.want();
        REQUIRE(want);
        Batch batch = one(want->range.first, std::to_string(want->range.first), true);
        batch.rows = rows(want->range.first, want->range.last);
        flow.packed(*want, {batch});
        return want->range;
    };
    CHECK(next() == SeqRange{4000, 4001});
    CHECK(next() == SeqRange{5003, 5003});
    CHECK(next() == SeqRange{5001, 5002});
    CHECK(next() == SeqRange{5004, 5010});
    CHECK(next() == SeqRange{1, 2000});
}

TEST_CASE("what could not be read of a priority series is wanted first again") {
    Flow flow({}, rows(1, 10), "run", rows(7, 7));
    flow.local(true);
    flow.link(true, 0s);
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto want = flow.want();
        REQUIRE(want);
        CHECK(want->range == SeqRange{7, 7});
        flow.packed(*want, {});
    }
}

TEST_CASE("what the spool gave up is wanted no more also when it was about to be read") {
    auto flow = connected({}, rows(1, 100));
    const auto want = flow.want();
    REQUIRE(want);
    CHECK(want->range == SeqRange{1, 100});
    CHECK(flow.claimed() == rows(1, 100));
    flow.dropped(rows(1, 60));
    Batch batch = one(61, "a", true);
    batch.rows = rows(61, 80);
    flow.packed(*want, {batch});
    CHECK(flow.claimed() == rows(61, 80));
    CHECK(flow.stats().pending == 40);
    const auto rest = flow.want();
    REQUIRE(rest);
    CHECK(rest->range == SeqRange{81, 100});
    flow.packed(*rest, {});
    flow.dropped(rows(90, 100));
    CHECK(flow.stats().pending == 29);
}

TEST_CASE("what is handed over stays claimed until its receipt") {
    auto flow = connected();
    feed(flow, 1, {one(1, "a", true), one(2, "b", true)});
    CHECK(flow.due(0s).size() == 2);
    CHECK(flow.claimed() == rows(1, 2));
    flow.link(false, 1s);
    CHECK(flow.claimed() == rows(1, 2));
    flow.receipt("t", "a", 2s);
    CHECK(flow.claimed() == rows(2, 2));
}
