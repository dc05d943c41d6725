#pragma once

#include "edge/uplink/batch.hpp"
#include "edge/uplink/schedule.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace holdfast::uplink {

using Id = std::uint64_t; ///< of a batch or barrier handed over, in their order

/// A batch that was handed over and has no receipt.
struct Flight {
    Batch batch;
    Lane lane = Lane::backlog;
    Time sent{};
    /// Since when something that was handed over later has come back.
    std::optional<Time> overtaken = {};
};

/// What was handed over and has no receipt, in order, found by topic and payload.
class InFlight {
public:
    using Flights = std::map<Id, Flight>;

    void add(Id id, Flight flight);
    /// Takes it out of the air; it must be there.
    Flight land(Id id);

    /// The oldest with that topic and payload.
    Flights::const_iterator find(std::string_view topic, std::string_view payload) const;
    Flights::const_iterator begin() const noexcept { return flights_.begin(); }
    Flights::const_iterator end() const noexcept { return flights_.end(); }

    bool empty() const noexcept { return flights_.empty(); }
    std::size_t size() const noexcept { return flights_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }
    /// The first that was handed over and has no receipt; there must be one.
    const Flight& oldest() const { return flights_.begin()->second; }
    /// How many there are on one topic.
    std::size_t on(const std::string& topic) const;

    /// What was handed over before `id` has been overtaken.
    void overtake(Id id, Time now);
    /// Those that were overtaken count from now.
    void restart_overtaken(Time now);

private:
    Flights flights_;
    std::unordered_multimap<std::size_t, Id> by_content_;
    std::unordered_map<std::string, std::size_t> by_topic_;
    std::size_t bytes_ = 0;
};

} // namespace holdfast::uplink
