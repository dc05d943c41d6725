#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::test {

/// What AWS IoT Core does to a client that goes beyond its limits (message broker quotas).
struct MqttLimits {
    std::uint64_t publishes_per_second = 100; ///< more are thrown away, without a PUBACK
    std::size_t payload_bytes = 128 * 1024;   ///< a larger one ends the connection
    std::size_t topic_bytes = 256;            ///< likewise
    std::size_t topic_slashes = 7;            ///< likewise
};

/// One client's stream of MQTT 3.1.1 packets, in the clear, under those limits.
class LimitedStream {
public:
    LimitedStream(const MqttLimits& limits, std::atomic<std::uint64_t>& discarded)
        : limits_(limits)
        , discarded_(discarded) {}

    /// What of these bytes, and of what was kept before, goes on to the broker.
    std::string pass(std::string_view bytes);
    /// Whether the connection is to end.
    bool ended() const noexcept { return ended_; }

private:
    /// The length of the packet at the start of the buffer, 0 while it is not all there.
    std::size_t packet_length(std::size_t& header) const;
    bool takes(std::string_view packet, std::size_t header);
    bool in_time();

    MqttLimits limits_;
    std::atomic<std::uint64_t>& discarded_;
    std::string buffer_;
    bool ended_ = false;
    std::chrono::steady_clock::time_point second_{};
    std::uint64_t in_second_ = 0;
};

} // namespace holdfast::test
