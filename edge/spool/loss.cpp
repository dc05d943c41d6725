#include "edge/spool/loss.hpp"

#include <algorithm>

namespace holdfast::spool {

std::string_view to_string(GapKind kind) noexcept {
    switch (kind) {
    case GapKind::thinned:
        return "thinned";
    case GapKind::dropped:
        return "dropped";
    case GapKind::refused:
        return "refused";
    case GapKind::damaged:
        break;
    }
    return "damaged";
}

double joint_mean(double a, std::uint64_t count, double b, std::uint64_t more) noexcept {
    const auto total = static_cast<double>(count) + static_cast<double>(more);
    const double mean =
        a * (static_cast<double>(count) / total) + b * (static_cast<double>(more) / total);
    return std::clamp(mean, std::min(a, b), std::max(a, b));
}

void Loss::add(double value, BootTime at, const Spread& spread) {
    const BootTime begin = at - spread.span;
    if (count == 0) {
        first = begin;
        last = at;
        least = spread.least;
        greatest = spread.greatest;
        mean = value;
    } else {
        first = std::min(first, begin);
        last = std::max(last, at);
        least = std::min(least, spread.least);
        greatest = std::max(greatest, spread.greatest);
        mean = joint_mean(mean, count, value, spread.count);
    }
    count += spread.count;
}

} // namespace holdfast::spool
