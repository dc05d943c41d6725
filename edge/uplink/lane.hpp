#pragma once

#include <array>
#include <cstddef>

namespace holdfast::uplink {

/// In which order rows go up; each lane keeps the order of the spool.
enum class Lane {
    priority, ///< what the owner marked: before everything else
    live,     ///< what was measured last
    backlog,  ///< the rest, which has a share of its own
};

inline constexpr std::array lanes{Lane::priority, Lane::live, Lane::backlog};

constexpr std::size_t index(Lane lane) {
    return static_cast<std::size_t>(lane);
}

} // namespace holdfast::uplink
