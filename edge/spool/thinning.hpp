#pragma once

#include "edge/spool/block.hpp"
#include "edge/spool/loss.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace holdfast::spool {

/// So often a row may be thinned: it then stands for half a million readings.
constexpr unsigned most_thinned = 18;

/// How many neighbours of one series become one row, by how often they were thinned before. A row
/// that stands for several takes twice the bytes of one that does not, so the first time halves
/// twice: else it would free nothing.
constexpr std::size_t merged_at_once(unsigned level) noexcept {
    return level == 0 ? 4 : 2;
}

/// Which levels to thin, the best first, given the bytes that each takes: the one that covers the
/// longest time comes first, so that in the end each level covers as much time as the others, the
/// newest at full resolution; levels that hold less than a block come last. Levels that hold
/// nothing or can go no further are not among them.
std::vector<unsigned> levels_to_thin(std::span<const std::uint64_t> bytes);

struct Thinned {
    std::vector<BlockItem> rows; ///< they cover together what the given rows covered
    std::vector<Loss> merged;    ///< of readings that stood for themselves until now
    std::vector<Loss> dropped;   ///< of messages: one of `at_once` stays, the last
};

/// Makes one row of each `at_once` readings of a series that follow each other, and of what is left
/// at the end. It keeps the last one's number and time, their mean, least, greatest and count.
/// The mean is rounded to two decimals more than the values have, where they have few enough.
/// `rows` are in order; their places are numbers of the spool.
Thinned thin(std::vector<BlockItem> rows, std::size_t at_once);

} // namespace holdfast::spool
