#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace holdfast::spool {

/// Bytes at the end of every page of the database that hold its checksum.
constexpr unsigned char seal_size_bytes = 4;

/// Writes the checksum of a page, the page's number included, into its last bytes.
void seal_page(std::span<char> page, std::uint64_t number) noexcept;
bool is_sealed(std::string_view page, std::uint64_t number) noexcept;

/// The name of an SQLite VFS that seals the pages of a database when they are written to its file,
/// and answers SQLITE_IOERR_DATA for one that it reads and whose seal is broken: SQLite itself
/// would not notice. Pages in the write-ahead log bear checksums of SQLite's own. It lies on top of
/// the VFS that is the default when a file is opened.
///
/// A file is sealed if its header reserves seal_size_bytes in each page; others pass unchecked.
const char* sealing_vfs();

} // namespace holdfast::spool
