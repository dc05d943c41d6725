#include "edge/spool/boot_estimate.hpp"

#include <algorithm>

namespace holdfast::spool {

namespace {

/// Where boot time zero of a boot can lie.
struct Bounds {
    std::optional<WallTime> earliest;
    std::optional<WallTime> latest;
};

std::vector<Bounds> bounds_of(std::span<const BootSpan> boots) {
    std::vector<Bounds> bounds(boots.size());
    std::optional<WallTime> earliest;
    for (std::size_t i = 0; i < boots.size(); ++i) {
        if (boots[i].synchronised) {
            earliest = boots[i].offset;
        }
        bounds[i].earliest = earliest;
        if (earliest) {
            *earliest += boots[i].length;
        }
    }
    std::optional<WallTime> next;
    for (auto i = boots.size(); i-- > 0;) {
        if (boots[i].synchronised) {
            next = boots[i].offset;
        } else if (next) {
            *next -= boots[i].length;
        }
        bounds[i].latest = next;
    }
    return bounds;
}

BootEstimate estimate_one(const BootSpan& boot, const Bounds& bounds) {
    if (boot.synchronised) {
        return {boot.offset, WallTime::zero()};
    }
    // Where a known clock was wrong nothing is possible: then nothing is claimed.
    if (bounds.earliest && bounds.latest && *bounds.earliest <= *bounds.latest) {
        const auto room = *bounds.latest - *bounds.earliest;
        return {*bounds.earliest + room / 2, room - room / 2};
    }
    auto offset = boot.offset;
    if (bounds.earliest) {
        offset = std::max(offset, *bounds.earliest);
    } else if (bounds.latest) {
        offset = std::min(offset, *bounds.latest);
    }
    return {offset, std::nullopt};
}

} // namespace

std::vector<BootEstimate> estimate(std::span<const BootSpan> boots) {
    const auto bounds = bounds_of(boots);
    std::vector<BootEstimate> estimates;
    estimates.reserve(boots.size());
    for (std::size_t i = 0; i < boots.size(); ++i) {
        estimates.push_back(estimate_one(boots[i], bounds[i]));
    }
    return estimates;
}

} // namespace holdfast::spool
