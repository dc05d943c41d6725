#pragma once

#include "core/unique_fd.hpp"
#include "edge/spool/sqlite.hpp"

#include <cstdint>
#include <filesystem>

namespace holdfast::spool {

/// Opens or creates the file and takes the lock that makes us its only writer. The descriptor must
/// stay open longer than SQLite's: closing any descriptor of a file drops the process's POSIX locks
/// on it. Throws Error with the path and what to do.
UniqueFd claim_file(const std::filesystem::path& path);

/// The claimed file as a database of the schema that this version writes; closing it leaves its log
/// as it is. Throws DatabaseDamaged for a damaged file and Error for one that is not a spool or was
/// made by a newer version, and leaves that as it is.
Database open_database(const std::filesystem::path& path, const UniqueFd& claim,
                       std::uint64_t log_bytes);

} // namespace holdfast::spool
