// Only markers come back: one proves what was handed over before it in its session.

#include "core/topics.hpp"
#include "support/catch.hpp"
#include "unit/uplink/flow_fixture.hpp"

using namespace holdfast;
using namespace holdfast::uplink;
using namespace holdfast::uplink::test;
using namespace std::chrono_literals;

namespace {

constexpr Limits metered{.batches_in_flight = 4, .markers = true};

/// The payload of the only marker among these.
std::string marker(const std::vector<Flow::Publish>& publishes) {
    Payloads found;
    for (const auto& publish : publishes) {
        if (publish.topic == topics::barrier) {
            found.push_back(publish.payload);
        }
    }
    REQUIRE(found.size() == 1);
    return found.front();
}

/// A flow whose session has begun: its first marker came back.
Flow in_session(const std::vector<Batch>& batches, Time now = 0s) {
    auto flow = connected(metered);
    feed(flow, 1, batches);
    CHECK(flow.receipt(topics::barrier, marker(flow.due(now)), now).empty());
    return flow;
}

} // namespace

TEST_CASE("a session begins with a marker and nothing goes before that came back") {
    auto flow = connected(metered);
    feed(flow, 1, {one(1, "a", true)});
    const auto first = flow.due(0s);
    CHECK(payloads(first) == Payloads{"run 3 0"});
    CHECK(flow.due(1s).empty());
    flow.receipt(topics::barrier, "run 3 0", 1s);
    CHECK(payloads(flow.due(1s)) == Payloads{"a"});
}

TEST_CASE("a marker follows half a window and its echo proves what went before it and no more") {
    auto flow = in_session({one(1, "a", true), one(2, "b", true), one(3, "c", true, "u")});
    const auto out = flow.due(0s);
    CHECK(topics_of(out) == Payloads{"t", "t", "u", "sync"});
    const auto proof = marker(out);
    CHECK(proof.ends_with(" 3")); // messages of the session so far
    feed(flow, 4, {one(4, "d", true)});
    flow.due(0s);
    CHECK(flow.receipt("t", "a", 1s).empty());
    CHECK(flow.receipt(topics::barrier, "run 3 0", 1s).empty());
    CHECK(flow.receipt(topics::barrier, proof, 1s) == rows(1, 3));
    CHECK(flow.receipt(topics::barrier, proof, 1s).empty());
    CHECK(flow.stats().pending == 1);
}

TEST_CASE("what does not fill half a window has its marker before the silence is long") {
    auto flow = in_session({one(1, "a", true)});
    CHECK(payloads(flow.due(0s)) == Payloads{"a"});
    CHECK(flow.due(4s).empty());
    CHECK(flow.wake(4s) == Time(5s));
    const auto proof = marker(flow.due(5s));
    CHECK(flow.receipt(topics::barrier, proof, 6s) == rows(1, 1));
    CHECK_FALSE(flow.take_stall());
}

TEST_CASE("equal messages go together with markers") {
    auto flow = in_session({one(1, "same", false), one(2, "same", false)});
    const auto out = flow.due(0s);
    CHECK(topics_of(out) == Payloads{"t", "t", "sync"});
    CHECK(flow.receipt(topics::barrier, marker(out), 1s) == rows(1, 2));
}

TEST_CASE("a marker of an earlier session proves nothing and its messages go again") {
    auto flow = in_session({one(1, "a", true), one(2, "b", true)});
    const auto old = marker(flow.due(0s));
    flow.link(true, 1s); // the bridge was away; what it had may be lost
    CHECK(flow.receipt(topics::barrier, old, 1s).empty());
    const auto fresh = marker(flow.due(1s));
    CHECK(flow.receipt(topics::barrier, old, 2s).empty());
    CHECK(flow.receipt(topics::barrier, fresh, 2s).empty());
    CHECK(payloads(flow.due(2s)).front() == "a");
    CHECK(flow.stats().pending == 2);
}

TEST_CASE("with markers the message that ends the link each time is found and held alone") {
    auto flow = in_session({one(1, "a", true), one(2, "b", true), one(3, "bad", true, "denied"),
                            one(4, "c", true, "late")});
    std::vector<Flow::Event> events;
    for (Time now = 0s; now < 120s && flow.stats().pending > 1; now += 1s) {
        bool cut = false;
        for (const auto& publish : flow.due(now)) {
            cut = cut || publish.topic == "denied";
            if (!cut && publish.topic == topics::barrier) {
                flow.receipt(publish.topic, publish.payload, now);
            }
        }
        if (cut) {
            flow.link(false, now);
            flow.link(true, now);
        }
        for (auto& event : flow.take_events()) {
            events.push_back(std::move(event));
        }
        if (const auto want = flow.want(now)) {
            flow.packed(*want, {});
        }
    }
    CHECK(flow.stats().pending == 1);
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == Flow::Event::Kind::held);
    CHECK(events[0].topic == "denied");
}
