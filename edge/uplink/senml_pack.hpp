#pragma once

#include "edge/uplink/batch.hpp"

#include <functional>
#include <string>
#include <vector>

namespace holdfast::uplink {

struct PackOptions;

/// A row and what it measured; both must live on.
struct SenmlRecord {
    std::reference_wrapper<const Row> row;
    std::reference_wrapper<const Row::Measured> measured;
};

/// What a record's seq is most often above that of the one before it; 1 for a single record.
Seq usual_step(const std::vector<SenmlRecord>& records);

/// A SenML pack (RFC 8428) of one series that grows by a record at a time, and says once what is
/// the same for all (docs/consumers.md):
///
/// - the first record bears the whole name (`bn`), the unit (`bu`), its time (`bt`), the epoch, the
///   seq and the `step`, which is left out where it is 1
/// - the others bear the time since then (`t`), where there is any, and their seq only where it is
///   not that of the record before plus `step`
/// - times are rounded down to milliseconds
/// - times that are a guess have a pack of their own; its first record says `"clock":"unset"` or
///   `"clock":"estimated"`, and the uptime then (docs/history.md)
/// - one that stands for several bears their count, min, max and span in seconds
class SenmlPack {
public:
    SenmlPack(const PackOptions& options, const SenmlRecord& first, Seq step);

    /// Adds it, unless it is of another series or clock or finds no place within best_bytes.
    bool add(const SenmlRecord& record);
    /// The pack must not be used again.
    Batch finish();

private:
    std::reference_wrapper<const Series> series_;
    std::size_t best_bytes_;
    std::chrono::milliseconds base_time_;
    std::reference_wrapper<const Row> first_;
    Seq step_;
    Seq last_;
    std::string payload_;
    RangeSet rows_;
};

} // namespace holdfast::uplink
