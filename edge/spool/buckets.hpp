#pragma once

#include "edge/spool/history.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace holdfast::spool {

/// Puts values into parts of equal time.
class Buckets {
public:
    /// The first part begins at `since`; `width` of 0 counts as 1 us.
    Buckets(WallTime since, WallTime width);

    void add(const HistoryPoint& point);
    /// Those that hold anything, in the order of time.
    std::vector<HistoryBucket> finish() const;

private:
    WallTime since_;
    WallTime width_;
    std::map<std::int64_t, HistoryBucket> all_;
};

} // namespace holdfast::spool
