#pragma once

#include "edge/uplink/batch.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::uplink {

/// A record of a pack as a receiver sees it, with what the pack says once filled in.
struct UnpackedReading {
    std::string name; ///< `<site>/<topic>`
    std::string unit;
    WallTime at; ///< to the millisecond
    double value;
    std::string epoch;
    Seq seq;
    std::optional<Row::Guess> guess{}; ///< its boot may be any number

    bool operator==(const UnpackedReading&) const noexcept = default;
};

/// What a SenML pack (RFC 8428 §4.6) with our epoch and seq holds, as docs/consumers.md says it;
/// nothing for any other payload.
std::optional<std::vector<UnpackedReading>> unpack(std::string_view payload);

} // namespace holdfast::uplink
