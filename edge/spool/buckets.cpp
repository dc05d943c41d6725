#include "edge/spool/buckets.hpp"

#include <algorithm>

namespace holdfast::spool {

Buckets::Buckets(WallTime since, WallTime width)
    : since_(since)
    , width_(std::max(width, WallTime(1))) {}

void Buckets::add(const HistoryPoint& point) {
    const auto spread = point.spread.value_or(Spread{1, point.value, point.value, BootTime(0)});
    const auto place = (point.at - since_) / width_;
    const auto [found, added] =
        all_.try_emplace(place, HistoryBucket{point.at, true, 0, spread.least, spread.greatest, 0});
    auto& bucket = found->second;
    bucket.at = std::min(bucket.at, point.at);
    bucket.synchronised = bucket.synchronised && point.synchronised;
    bucket.count += spread.count;
    bucket.least = std::min(bucket.least, spread.least);
    bucket.greatest = std::max(bucket.greatest, spread.greatest);
    bucket.mean += (point.value - bucket.mean) * static_cast<double>(spread.count) /
                   static_cast<double>(bucket.count);
}

std::vector<HistoryBucket> Buckets::finish() const {
    std::vector<HistoryBucket> list;
    for (const auto& [place, bucket] : all_) {
        list.push_back(bucket);
    }
    return list;
}

} // namespace holdfast::spool
