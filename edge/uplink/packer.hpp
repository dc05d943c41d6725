#pragma once

#include "edge/uplink/batch.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace holdfast::uplink {

struct PackOptions {
    std::string site;
    std::string epoch;      ///< of the spool; with seq it names a reading for ever
    std::size_t best_bytes; ///< topic at the cloud and payload grow up to this size
    bool one_reading_each;  ///< live: every reading is a message of its own
};

/// Turns rows into messages, in the order of the rows within each topic.
///
/// - SenML readings of one topic share a pack (edge/uplink/senml_pack.hpp); each has a seq of its
///   own, so that a receiver can drop duplicates and a pack is unique
/// - scalar readings and captured messages are one message each, which others may equal
/// - every row is in exactly one batch
std::vector<Batch> pack(std::span<const Row> rows, const PackOptions& options);

} // namespace holdfast::uplink
