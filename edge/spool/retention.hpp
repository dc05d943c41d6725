#pragma once

#include <cstdint>
#include <span>

namespace holdfast::spool {

/// What happens when what has no receipt fills the spool alone ([spool] when_full).
enum class WhenFull { thin, drop_oldest, refuse };

/// What may make room, one thing after another: the next is for when the one before finds nothing
/// more. History goes before anything that is pending, and priority series go last.
enum class Remedy { delete_history, thin, drop, thin_priority, drop_priority };
std::span<const Remedy> remedies(WhenFull when_full) noexcept;

/// What a spool takes on the disk.
struct FileSize {
    std::uint64_t pages = 0;      ///< of the database
    std::uint64_t free_pages = 0; ///< among them
    std::uint64_t log_bytes = 0;  ///< the write-ahead log now
};

/// How the bytes of max_size are shared out, between the database and its write-ahead log.
class SizeLimit {
public:
    static constexpr std::uint64_t unlimited = 0;

    SizeLimit(std::uint64_t max_bytes, std::uint64_t page_bytes) noexcept
        : max_bytes_(max_bytes)
        , page_bytes_(page_bytes) {}

    std::uint64_t max_bytes() const noexcept { return max_bytes_; }
    /// Where the log begins anew: the longer it is, the fewer writes, but the less is left.
    std::uint64_t log_bytes() const noexcept;
    /// How many pages have to become free now, so that there is some room before it is needed, and
    /// at least for the bytes that have found none.
    std::uint64_t pages_to_free(const FileSize& size, std::uint64_t wanted_bytes) const noexcept;
    /// By how many free pages the file is too large, after max_size was made smaller.
    std::uint64_t pages_to_give_back(const FileSize& size) const noexcept;
    /// Whether so many bytes of rows find room. More than half of everything need not: what comes
    /// at once is stored at once, and the file is too large for a moment.
    bool has_room(const FileSize& size, std::uint64_t bytes) const noexcept;

private:
    std::uint64_t pages_allowed(const FileSize& size) const noexcept;
    std::uint64_t pages_needed(const FileSize& size, std::uint64_t bytes) const noexcept;

    std::uint64_t max_bytes_;
    std::uint64_t page_bytes_;
};

} // namespace holdfast::spool
