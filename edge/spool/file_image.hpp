#pragma once

#include "core/unique_fd.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace holdfast::spool {

/// The pages of a database as its file and its write-ahead log hold them, read without SQLite, so
/// that damage in one page does not hide another. Only pages whose checksum is right are given.
class FileImage {
public:
    /// Throws SystemError where the file cannot be read; a missing log is no log.
    explicit FileImage(const std::filesystem::path& database);

    /// By number, 1 to page_count(): the newest committed version that is whole.
    std::optional<std::string> page(std::uint64_t number) const;
    std::uint64_t page_count() const noexcept { return page_count_; }
    /// Of a page, without what it reserves for its checksum.
    std::size_t usable_bytes() const noexcept;

    /// Whether something committed in the log cannot be read: SQLite would take all from there on
    /// for the tail of a write that a power cut ended.
    bool log_is_damaged() const noexcept { return log_is_damaged_; }
    /// Whether something of the log's present generation lies behind its last readable commit and
    /// is not as it was written: a write that a power cut ended, or damage to the last commits.
    bool log_end_is_torn() const noexcept { return log_end_is_torn_; }
    /// Whether anything was committed to the log since it was last moved into the file.
    bool log_has_commits() const noexcept { return log_has_commits_; }

private:
    void read_log(std::uint64_t synced_frames);

    UniqueFd file_;
    UniqueFd log_;
    std::map<std::uint64_t, std::uint64_t> in_log_; ///< page number → offset in the log
    std::uint64_t page_count_ = 0;
    bool sealed_ = true;
    bool log_is_damaged_ = false;
    bool log_end_is_torn_ = false;
    bool log_has_commits_ = false;
};

} // namespace holdfast::spool
