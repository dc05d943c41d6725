// What goes when: lanes, window and pace.
#include "support/catch.hpp"
#include "unit/uplink/flow_fixture.hpp"

using namespace holdfast;
using namespace holdfast::uplink;
using namespace holdfast::uplink::test;
using namespace std::chrono_literals;

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

TEST_CASE("live readings share messages where they wait behind a full pack on a thin line") {
    struct Case {
        Time round_trip;
        std::size_t bytes; ///< of a message that is on its way
        bool shares;
    };
    const auto tried = GENERATE(Case{1s, 5000, true}, Case{8s, 5000, true},
                                Case{400ms, 5000, false}, Case{2s, 50, false});
    auto flow = connected();
    const std::string first(tried.bytes, 'a');
    const std::string second(tried.bytes, 'b');
    feed(flow, 1, {one(1, first, true), one(2, second, true)});
    REQUIRE(flow.due(0s).size() == 2);
    const auto now = tried.round_trip;
    flow.receipt("t", first, now);
    flow.appended({3, 3}, now);
    auto want = flow.want(now);
    CHECK(want.has_value() != tried.shares);
    if (tried.shares) {
        REQUIRE(flow.wake(now));
        CHECK(*flow.wake(now) <= now + 1s);
        flow.appended({4, 4}, now + 500ms);
        want = flow.want(now + 1s);
        REQUIRE(want);
        CHECK(want->rows == rows(3, 4));
    }
    CHECK(want->one_reading_each != tried.shares);
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
