#pragma once

#include "edge/uplink/flow.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

namespace holdfast::uplink::test {

inline Batch one(Seq seq, std::string payload, bool unique, std::string topic = "t") {
    Batch batch{
        .topic = std::move(topic), .payload = std::move(payload), .rows = {}, .unique = unique};
    batch.rows.insert({seq, seq});
    return batch;
}

inline RangeSet rows(Seq first, Seq last) {
    RangeSet set;
    set.insert({first, last});
    return set;
}

inline Flow connected(Limits limits = {}, const RangeSet& pending = {}) {
    Flow flow(limits, pending, "run");
    flow.local(true);
    flow.link(true, Time(0));
    return flow;
}

inline void feed(Flow& flow, Seq first, std::vector<Batch> batches) {
    flow.appended({first, first + batches.size() - 1}, Time(0));
    const auto want = flow.want(Time(0));
    REQUIRE(want);
    flow.packed(*want, std::move(batches));
}

inline std::vector<std::string> payloads(const std::vector<Flow::Publish>& publishes) {
    std::vector<std::string> all;
    all.reserve(publishes.size());
    for (const auto& publish : publishes) {
        all.push_back(publish.payload);
    }
    return all;
}

inline std::vector<std::string> topics_of(const std::vector<Flow::Publish>& publishes) {
    std::vector<std::string> all;
    all.reserve(publishes.size());
    for (const auto& publish : publishes) {
        all.push_back(publish.topic);
    }
    return all;
}

using Payloads = std::vector<std::string>;

} // namespace holdfast::uplink::test
