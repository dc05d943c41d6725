#include "edge/uplink/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::uplink {

std::optional<std::string> MessageLimits::fault(const Batch& batch) const {
    if (batch.payload.size() > payload_bytes) {
        return fmt::format("a message of {} bytes: the cloud takes {} at most",
                           batch.payload.size(), payload_bytes);
    }
    if (batch.topic.size() > topic_bytes) {
        return fmt::format("its name has {} bytes: below the site the cloud takes {} at most",
                           batch.topic.size(), topic_bytes);
    }
    const auto slashes =
        static_cast<std::size_t>(std::count(batch.topic.begin(), batch.topic.end(), '/'));
    if (slashes > topic_slashes) {
        return fmt::format("its name has {} slashes: below the site the cloud takes {} at most",
                           slashes, topic_slashes);
    }
    return std::nullopt;
}

} // namespace holdfast::uplink
