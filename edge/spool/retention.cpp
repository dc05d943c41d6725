#include "edge/spool/retention.hpp"

#include <algorithm>
#include <array>

namespace holdfast::spool {

namespace {

constexpr std::uint64_t longest_log_bytes = std::uint64_t{4} << 20U;
constexpr std::uint64_t shortest_log_bytes = std::uint64_t{64} << 10U;
constexpr std::uint64_t log_share = 16;
// So much of the pages is kept free for what comes next.
constexpr std::uint64_t spare_share = 50;
constexpr std::uint64_t least_spare_pages = 64;

constexpr std::array by_thinning{Remedy::delete_history, Remedy::thin, Remedy::drop,
                                 Remedy::thin_priority, Remedy::drop_priority};
constexpr std::array by_dropping{Remedy::delete_history, Remedy::drop, Remedy::drop_priority};
constexpr std::array by_refusing{Remedy::delete_history};

std::uint64_t above(std::uint64_t value, std::uint64_t limit) noexcept {
    return value > limit ? value - limit : 0;
}

} // namespace

std::span<const Remedy> remedies(WhenFull when_full) noexcept {
    switch (when_full) {
    case WhenFull::thin:
        return by_thinning;
    case WhenFull::drop_oldest:
        return by_dropping;
    case WhenFull::refuse:
        break;
    }
    return by_refusing;
}

std::uint64_t SizeLimit::log_bytes() const noexcept {
    return max_bytes_ == unlimited
               ? longest_log_bytes
               : std::clamp(max_bytes_ / log_share, shortest_log_bytes, longest_log_bytes);
}

std::uint64_t SizeLimit::pages_allowed(const FileSize& size) const noexcept {
    return above(max_bytes_, std::max(log_bytes(), size.log_bytes)) / page_bytes_;
}

/// Rows fill pages to about four fifths, and a few pages above them change as well.
std::uint64_t SizeLimit::pages_needed(const FileSize& size, std::uint64_t bytes) const noexcept {
    return std::min(bytes * 5 / 4 / page_bytes_ + 4, pages_allowed(size) / 2);
}

std::uint64_t SizeLimit::pages_to_free(const FileSize& size,
                                       std::uint64_t wanted_bytes) const noexcept {
    if (max_bytes_ == unlimited) {
        return 0;
    }
    const auto allowed = pages_allowed(size);
    const auto spare =
        std::max({allowed / spare_share, least_spare_pages, pages_needed(size, wanted_bytes)});
    return above(size.pages - size.free_pages + spare, allowed);
}

std::uint64_t SizeLimit::pages_to_give_back(const FileSize& size) const noexcept {
    return max_bytes_ == unlimited
               ? 0
               : std::min(size.free_pages, above(size.pages, pages_allowed(size)));
}

bool SizeLimit::has_room(const FileSize& size, std::uint64_t bytes) const noexcept {
    return max_bytes_ == unlimited ||
           size.pages - size.free_pages + pages_needed(size, bytes) <= pages_allowed(size);
}

} // namespace holdfast::spool
