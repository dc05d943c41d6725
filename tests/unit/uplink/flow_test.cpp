#include "core/topics.hpp"
#include "support/catch.hpp"
#include "unit/uplink/flow_fixture.hpp"

#include <map>

using namespace holdfast;
using namespace holdfast::uplink;
using namespace holdfast::uplink::test;
using namespace std::chrono_literals;

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

TEST_CASE("a single message that the cloud refuses does not block its topic for ever") {
    auto flow = connected();
    feed(flow, 1, {one(1, "bad", true)});
    std::vector<Flow::Event> events;
    Time bad_again = 0s;
    const auto run_until = [&](Time end, Time& now) {
        for (; now < end; now += 500ms) {
            if (const auto want = flow.want(now)) {
                std::vector<Batch> batches;
                for (Seq seq = 1; seq <= 3; ++seq) {
                    if (want->rows.contains(seq)) {
                        batches.push_back(one(seq, seq == 1 ? "bad" : seq == 2 ? "b" : "c", true));
                    }
                }
                flow.packed(*want, std::move(batches));
            }
            for (const auto& publish : flow.due(now)) {
                if (publish.payload != "bad") {
                    flow.receipt(publish.topic, publish.payload, now);
                } else {
                    bad_again = now;
                }
            }
            for (auto& event : flow.take_events()) {
                events.push_back(std::move(event));
            }
        }
    };
    Time now = 0s;
    run_until(60s, now);
    flow.appended({2, 3}, now);
    run_until(200s, now);
    CHECK(flow.stats().pending == 1);
    REQUIRE(events.size() == 3);
    CHECK(events[0].kind == Flow::Event::Kind::held);
    CHECK(events[1].kind == Flow::Event::Kind::released);
    CHECK(events[2].kind == Flow::Event::Kind::refused);
    REQUIRE(flow.stats().held.size() == 1);
    CHECK(flow.stats().held[0].rows == 1);
    CHECK(bad_again < 200s);
    run_until(900s, now);
    CHECK(bad_again > 300s); // it is tried again, seldom
    CHECK(flow.stats().pending == 1);
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

TEST_CASE("what the bridge sends again with a new session counts against the pace") {
    const Limits limits{.batches_in_flight = 8, .publishes_per_second = 10};
    auto flow = connected(limits);
    std::vector<Batch> batches;
    for (Seq seq = 1; seq <= 20; ++seq) {
        batches.push_back(one(seq, std::to_string(seq), true));
    }
    feed(flow, 1, batches);
    std::size_t handed_over = 0;
    for (Time now = 0s; now < 2s; now += 100ms) {
        handed_over += flow.due(now).size();
    }
    REQUIRE(handed_over > 4);
    flow.link(true, 2s);
    flow.receipt("t", "1", 2s); // there is room in the window again
    CHECK(flow.due(2s).empty());
    CHECK(flow.due(2s + 100ms * (handed_over - 1)).empty());
    CHECK_FALSE(flow.due(2s + 100ms * (handed_over + 1)).empty());
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
