#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

namespace holdfast::spool {

/// Reads a spool's file again and again, a few pages at a time, so that damage is found while the
/// rest can still be saved.
class Scrub {
public:
    explicit Scrub(std::string path)
        : path_(std::move(path)) {}

    /// Checks the next pages of the file, in which nobody writes meanwhile; answers whether a round
    /// through the whole file is complete. It takes an open descriptor, because closing one of its
    /// own would end SQLite's locks. Throws DatabaseDamaged for what is not as it was written.
    bool step(int fd, std::size_t pages);

private:
    void confirm(std::uint64_t page);

    std::string path_;
    std::uint64_t next_ = 1;
    std::set<std::uint64_t> unused_; ///< bad pages that nothing refers to
};

} // namespace holdfast::spool
