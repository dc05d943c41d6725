#include "edge/uplink/in_flight.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace holdfast::uplink {

namespace {

std::size_t content_key(std::string_view topic, std::string_view payload) {
    const std::hash<std::string_view> hash;
    return hash(topic) * 31 + hash(payload);
}

} // namespace

void InFlight::add(Id id, Flight flight) {
    by_content_.emplace(content_key(flight.batch.topic, flight.batch.payload), id);
    ++by_topic_[flight.batch.topic];
    bytes_ += flight.batch.payload.size();
    flights_.emplace_hint(flights_.end(), id, std::move(flight));
}

Flight InFlight::land(Id id) {
    Flight flight = std::move(flights_.extract(id).mapped());
    const auto& batch = flight.batch;
    const auto [begin, end] = by_content_.equal_range(content_key(batch.topic, batch.payload));
    by_content_.erase(
        std::find_if(begin, end, [&](const auto& entry) { return entry.second == id; }));
    if (--by_topic_[batch.topic] == 0) {
        by_topic_.erase(batch.topic);
    }
    bytes_ -= batch.payload.size();
    return flight;
}

InFlight::Flights::const_iterator InFlight::find(std::string_view topic,
                                                 std::string_view payload) const {
    auto oldest = flights_.end();
    const auto [begin, end] = by_content_.equal_range(content_key(topic, payload));
    for (auto entry = begin; entry != end; ++entry) {
        const auto flying = flights_.find(entry->second);
        const auto& batch = flying->second.batch;
        if (batch.topic == topic && batch.payload == payload &&
            (oldest == flights_.end() || flying->first < oldest->first)) {
            oldest = flying;
        }
    }
    return oldest;
}

std::size_t InFlight::on(const std::string& topic) const {
    const auto found = by_topic_.find(topic);
    return found == by_topic_.end() ? 0 : found->second;
}

void InFlight::overtake(Id id, Time now) {
    for (auto& [other, flight] : flights_) {
        if (other >= id) {
            break;
        }
        flight.overtaken = flight.overtaken.value_or(now);
    }
}

void InFlight::restart_overtaken(Time now) {
    for (auto& [id, flight] : flights_) {
        if (!flight.overtaken) {
            break;
        }
        flight.overtaken = now;
    }
}

} // namespace holdfast::uplink
