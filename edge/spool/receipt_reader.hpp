#pragma once

#include "core/range_set.hpp"
#include "edge/spool/sqlite.hpp"

#include <cstdint>
#include <filesystem>

namespace holdfast::spool {

/// Reads which rows of a spool have their receipt on disk, also while the daemon writes.
class ReceiptReader {
public:
    /// Throws Error where there is no spool that this version can read.
    explicit ReceiptReader(const std::filesystem::path& path);

    /// How many rows of the range have none, those that are not stored yet among them.
    std::uint64_t missing(SeqRange range) const;

private:
    Database database_;
    Statement pending_;
};

} // namespace holdfast::spool
