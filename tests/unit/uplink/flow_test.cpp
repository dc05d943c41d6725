#include "core/topics.hpp"
#include "edge/uplink/flow.hpp"
#include "support/catch.hpp"

#include <map>

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
    flow.appended({first, first + batches.size() - 1}, 0s);
    const auto want = flow.want(0s);
    REQUIRE(want);
    flow.packed(*want, std::move(batches));
}

std::vector<std::string> payloads(const std::vector<Flow::Publish>& publishes) {
    std::vector<std::string> all;
    all.reserve(publishes.size());
    for (const auto& publish : publishes) {
        all.push_back(publish.payload);
    }
    return all;
}

std::vector<std::string> topics_of(const std::vector<Flow::Publish>& publishes) {
    std::vector<std::string> all;
    all.reserve(publishes.size());
    for (const auto& publish : publishes) {
        all.push_back(publish.topic);
    }
    return all;
}

using Payloads = std::vector<std::string>;

} // namespace

TEST_CASE("nothing is handed over without a connection and a link") {
    Flow flow({}, rows(1, 5), "run");
    CHECK_FALSE(flow.want(0s));
    flow.local(true);
    CHECK_FALSE(flow.want(0s));
    flow.link(true, 0s);
    CHECK(flow.want(0s));
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
    CHECK(flow.due(64s).empty());
    CHECK(topics_of(flow.due(69s)) == Payloads{"sync"}); // asks whether anything comes back
    CHECK_FALSE(flow.take_stall());
}

TEST_CASE("silence under a link calls for a new session and then for everything again") {
    auto flow = connected();
    feed(flow, 1, {one(1, "a", true), one(2, "b", true)});
    flow.due(0s);
    CHECK(flow.wake(0s) == Time(5s));
    CHECK(topics_of(flow.due(5s)) == Payloads{"sync"});
    CHECK(flow.wake(5s) == Time(10s));
    CHECK(flow.due(10s).empty());
    CHECK(flow.take_stall());
    CHECK_FALSE(flow.take_stall());
    flow.link(true, 12s); // the bridge came back, and its queue was gone
    CHECK(topics_of(flow.due(21s)) == Payloads{"sync"});
    CHECK(payloads(flow.due(22s)) == Payloads{"a"}); // asks whether anybody is there
    CHECK(flow.take_stall());
    CHECK(topics_of(flow.due(33s)) == Payloads{"sync"}); // and less and less often
    CHECK(flow.due(41s).empty());
    CHECK_FALSE(flow.take_stall());
    CHECK(payloads(flow.due(42s)) == Payloads{"a"});
    CHECK(flow.receipt("t", "a", 43s) == rows(1, 1));
    CHECK(payloads(flow.due(43s)) == Payloads{"b"});
    CHECK(flow.stats().stalls == 3);
}

TEST_CASE("a batch that others have overtaken goes again") {
    auto flow = connected();
    feed(flow, 1, {one(1, "a", true, "x"), one(2, "b", true, "y"), one(3, "c", true, "y")});
    flow.due(0s);
    flow.receipt("y", "b", 1s); // "a" is lost, or late
    CHECK(flow.due(2s).empty());
    CHECK(flow.wake(2s) == Time(3s));
    CHECK(payloads(flow.due(3s)) == Payloads{"a"});
    CHECK(flow.stats().resent == 1);
    CHECK(flow.receipt("x", "a", 4s) == rows(1, 1));
    CHECK(flow.take_events().empty());
}

TEST_CASE("a slow link makes nothing go twice") {
    auto flow = connected();
    feed(flow, 1, {one(1, "a", true), one(2, "b", true), one(3, "c", true)});
    flow.due(0s);
    for (const auto* payload : {"a", "b", "c"}) {
        const auto late = flow.stats().receipts * 9s + 9s;
        for (const auto& publish : flow.due(late)) {
            CHECK(publish.topic == topics::barrier);
        }
        CHECK_FALSE(flow.receipt("t", payload, late).empty());
    }
    CHECK(flow.stats().resent == 0);
    CHECK(flow.stats().stalls == 0);
}

TEST_CASE("a topic that the cloud never echoes is held and named while others go on") {
    auto flow = connected();
    feed(flow, 1, {one(1, "a", true, "denied"), one(2, "b", true, "denied"), one(3, "c", true)});
    Seq next = 4;
    std::map<std::string, int> handed_over;
    std::vector<Flow::Event> events;
    for (Time now = 0s; now < 60s; now += 500ms) {
        for (const auto& publish : flow.due(now)) {
            ++handed_over[publish.topic];
            if (publish.topic != "denied") {
                flow.receipt(publish.topic, publish.payload, now);
            }
        }
        for (auto& event : flow.take_events()) {
            events.push_back(std::move(event));
        }
        if (next < 30) {
            feed(flow, next, {one(next, std::to_string(next), true)});
            ++next;
        }
    }
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == Flow::Event::Kind::held);
    CHECK(events[0].topic == "denied");
    CHECK(flow.stats().pending == 2);
    REQUIRE(flow.stats().held.size() == 1);
    CHECK(flow.stats().held[0].topic == "denied");
    CHECK(flow.stats().held[0].rows == 2);
    CHECK(flow.stats().in_flight == 0);
    CHECK(flow.stats().stalls == 0);
    CHECK(handed_over["t"] == 27);
    CHECK(handed_over["denied"] < 9); // tried again less and less often
    CHECK(handed_over["denied"] > 5);

    Time now = 60s;
    for (; flow.stats().pending > 0 && now < 200s; now += 500ms) {
        if (const auto want = flow.want(now)) {
            CHECK(want->rows.front() == 2);
            flow.packed(*want, {one(2, "b", true, "denied")});
        }
        for (const auto& publish : flow.due(now)) {
            flow.receipt(publish.topic, publish.payload, now);
        }
    }
    CHECK(flow.stats().pending == 0);
    CHECK(flow.stats().held.empty());
    events = flow.take_events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == Flow::Event::Kind::released);
}

TEST_CASE("a topic whose echo differs is held with that reason") {
    auto flow = connected();
    feed(flow, 1, {one(1, "a", true, "changed")});
    std::vector<Flow::Event> events;
    for (Time now = 0s; now < 60s && events.empty(); now += 500ms) {
        for (const auto& publish : flow.due(now)) {
            const bool changed = publish.topic == "changed";
            CHECK(flow.receipt(publish.topic, publish.payload + (changed ? "!" : ""), now).empty());
        }
        events = flow.take_events();
    }
    REQUIRE(events.size() == 1);
    CHECK(events[0].reason.find("differs") != std::string::npos);
    CHECK(flow.stats().pending == 1);
}

TEST_CASE("a message against the cloud's limits is never handed over and named once a topic") {
    Limits limits;
    limits.message = {.payload_bytes = 3, .topic_bytes = 6, .topic_slashes = 1};
    auto flow = connected(limits);
    feed(flow, 1,
         {one(1, "long", true), one(2, "longer", true), one(3, "a", true, "a/b/c"),
          one(4, "b", true, "seven77"), one(5, "ok", true)});
    CHECK(payloads(flow.due(0s)) == Payloads{"ok"});
    const auto events = flow.take_events();
    REQUIRE(events.size() == 3);
    CHECK(events[0].reason == "a message of 4 bytes: the cloud takes 3 at most");
    CHECK(events[1].topic == "a/b/c");
    CHECK(events[2].reason.find("7 bytes") != std::string::npos);
    CHECK(flow.stats().pending == 5);
    CHECK(flow.stats().unsendable == 4);
}

TEST_CASE("the window grows while receipts are quick and shrinks when they wait in a queue") {
    Window window(64);
    Time now = 0s;
    for (int i = 0; i < 200; ++i) {
        window.receipt(100ms, true, now += 10ms);
    }
    CHECK(window.size() == 64);
    for (int i = 0; i < 70; ++i) { // what was fastest is remembered that long
        window.receipt(1s, true, now += 100ms);
    }
    CHECK(window.size() < 16);
    CHECK(window.size() >= 2);
    window.new_link();
    for (int i = 0; i < 20; ++i) {
        window.receipt(100ms, false, now += 10ms);
    }
    CHECK(window.size() == 8); // what is not used up need not grow
}

TEST_CASE("what is marked goes before everything and keeps its place when it goes again") {
    auto flow = connected({}, rows(1, 5000));
    flow.appended({5001, 5003}, 0s, rows(5003, 5003));
    auto want = flow.want(0s);
    REQUIRE(want);
    CHECK(want->rows == rows(5003, 5003));
    CHECK(want->lane == Lane::priority);
    flow.packed(*want, {});
    want = flow.want(0s);
    REQUIRE(want);
    CHECK(want->rows == rows(5003, 5003));
}

TEST_CASE("with a link the newest rows come first and the rest as fast as it goes") {
    Flow flow({}, rows(1, 100'000), "run");
    flow.local(true);
    flow.link(true, 0s);
    auto want = flow.want(0s);
    REQUIRE(want);
    CHECK(want->range() == SeqRange{99'501, 100'000});
    CHECK_FALSE(want->one_reading_each);
    flow.packed(*want, {one(99'501, "a", true)});
}

TEST_CASE("linger groups what is live and nothing waits without it") {
    auto flow = connected({.linger = 2s});
    flow.appended({1, 3}, 10s);
    CHECK_FALSE(flow.want(10s));
    CHECK(flow.wake(10s) == Time(12s));
    flow.appended({4, 4}, 11s);
    const auto want = flow.want(12s);
    REQUIRE(want);
    CHECK(want->rows == rows(1, 4));
    CHECK_FALSE(want->one_reading_each);

    auto at_once = connected();
    at_once.appended({1, 3}, 10s);
    const auto live = at_once.want(10s);
    REQUIRE(live);
    CHECK(live->one_reading_each);
}

TEST_CASE("rows with gaps between them are read in one stretch") {
    RangeSet pending;
    for (Seq seq = 2; seq <= 100; seq += 2) {
        pending.insert({seq, seq});
    }
    auto flow = connected({.live_first = false}, pending);
    const auto want = flow.want(0s);
    REQUIRE(want);
    CHECK(want->rows == pending);
    CHECK(want->range() == SeqRange{2, 100});
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
        const auto out = flow.due(now);
        sent += out.size();
        for (const auto& publish : out) {
            flow.receipt(publish.topic, publish.payload, now);
        }
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
        flow.appended({seq, seq}, 0s);
        const auto want = flow.want(0s);
        REQUIRE(want);
        backlog += want->lane == Lane::live ? 0U : 1U;
        const auto payload = std::to_string(want->range().first);
        flow.packed(*want, {one(want->range().first, payload, true)});
        flow.due(Time(seq) * 1000);
        flow.receipt("t", payload, 0s);
    }
    CHECK(backlog >= 8);
    CHECK(backlog <= 20);
}

TEST_CASE("fifo sends in the order of the spool") {
    auto flow = connected({.live_first = false}, rows(1, 10));
    flow.appended({11, 12}, 0s);
    const auto want = flow.want(0s);
    REQUIRE(want);
    CHECK(want->range().first == 1);
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
    const auto want = flow.want(0s);
    REQUIRE(want);
    CHECK_FALSE(flow.want(0s));
    flow.packed(*want, {one(1, "a", true)});
    CHECK(flow.stats().pending == 3);
    const auto again = flow.want(0s);
    REQUIRE(again);
    CHECK(again->range() == SeqRange{2, 3});
}

TEST_CASE("rows of priority series are wanted before all others also of the backlog") {
    Flow flow({}, rows(1, 5000), "run", rows(4000, 4001));
    flow.local(true);
    flow.link(true, 0s);
    flow.appended({5001, 5010}, 0s, rows(5003, 5003));
    const auto want = flow.want(0s);
    REQUIRE(want);
    RangeSet urgent = rows(4000, 4001);
    urgent.insert({5003, 5003});
    CHECK(want->rows == urgent);
    flow.packed(*want, {one(4000, "a", true), one(4001, "b", true), one(5003, "c", true)});
    const auto next = flow.want(0s);
    REQUIRE(next);
    CHECK(next->rows.front() > 4001);
    CHECK_FALSE(next->rows.contains(5003));
}

TEST_CASE("what could not be read of a priority series is wanted first again") {
    Flow flow({}, rows(1, 10), "run", rows(7, 7));
    flow.local(true);
    flow.link(true, 0s);
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto want = flow.want(0s);
        REQUIRE(want);
        CHECK(want->rows == rows(7, 7));
        flow.packed(*want, {});
    }
}

TEST_CASE("what the spool gave up is wanted no more also when it was about to be read") {
    auto flow = connected({}, rows(1, 100));
    const auto want = flow.want(0s);
    REQUIRE(want);
    CHECK(want->range() == SeqRange{1, 100});
    CHECK(flow.claimed() == rows(1, 100));
    flow.dropped(rows(1, 60));
    Batch batch = one(61, "a", true);
    batch.rows = rows(61, 80);
    flow.packed(*want, {batch});
    CHECK(flow.claimed() == rows(61, 80));
    CHECK(flow.stats().pending == 40);
    const auto rest = flow.want(0s);
    REQUIRE(rest);
    CHECK(rest->range() == SeqRange{81, 100});
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
