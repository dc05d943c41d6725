#pragma once

#include "edge/uplink/batch.hpp"

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>

namespace holdfast::uplink {

/// What one message may be like; more makes some clouds end the connection, again and again.
struct MessageLimits {
    std::size_t payload_bytes = 268'435'455; // MQTT 3.1.1 §2.2.3, less what the topic needs
    std::size_t topic_bytes = 65'535;        ///< below `<site>/`
    std::size_t topic_slashes = 65'535;      ///< below `<site>/`

    /// Which of them the batch is against, or nothing.
    std::optional<std::string> fault(const Batch& batch) const;
};

struct Limits {
    std::size_t batches_in_flight = 64;
    std::size_t bytes_in_flight = std::size_t{1024} * 1024;
    double publishes_per_second = 500;
    double bytes_per_second = 1e12;
    std::chrono::milliseconds receipt_timeout{10'000};
    bool live_first = true;
    std::chrono::milliseconds linger{0};
    /// Only markers come back, and one proves what went before it; else every message does.
    bool markers = false;
    MessageLimits message = {};
};

} // namespace holdfast::uplink
