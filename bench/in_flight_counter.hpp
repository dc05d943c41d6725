#pragma once

#include "edge/mqtt/client.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <unordered_set>

namespace holdfast::bench {

/// Reads the appliance's broker along and counts what was handed over on `sensors/#` and has no
/// receipt. The broker passes a message on to us and to the bridge at the same time, and a receipt
/// to us and to the daemon: it counts no message too few.
class InFlightCounter {
public:
    /// Returns once it is subscribed.
    explicit InFlightCounter(mqtt::Endpoint endpoint);
    InFlightCounter(const InFlightCounter&) = delete;
    InFlightCounter& operator=(const InFlightCounter&) = delete;
    ~InFlightCounter();

    std::size_t most() const noexcept { return most_; }
    std::uint64_t handed_over() const noexcept { return handed_over_; }

private:
    void take(const mqtt::Delivery& delivery);

    std::unordered_set<std::string> open_; ///< topic and payload
    std::atomic<std::size_t> most_{0};
    std::atomic<std::uint64_t> handed_over_{0};
    std::atomic<int> subscribed_{0};
    mqtt::Library library_;
    boost::asio::io_context loop_;
    mqtt::Client client_;
    std::thread thread_;
};

} // namespace holdfast::bench
