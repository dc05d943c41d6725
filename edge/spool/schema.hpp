#pragma once

#include <cstdint>
#include <filesystem>

namespace holdfast::spool {

class Database;

/// The schema that this version writes; it is the file's user_version.
int schema_version() noexcept;

/// For those who only read: throws Error for a file of another schema.
void require_schema(Database& database);

/// Whether the first bytes of a file say that it is a spool that we may open. Throws Error with the
/// path and what to do where it is anything else but a spool or empty, DatabaseDamaged where it was
/// one; never writes.
enum class FileKind { empty, spool };
FileKind inspect_file(int fd, const std::filesystem::path& path);

/// Small, because a commit writes whole pages to the log: with 4096 bytes, single readings and
/// groups of ten cost 1.6 times as much (bench/spool_bench).
constexpr std::uint64_t page_size_bytes = 1024;

/// Gives an empty file what cannot be changed later: page size, application id.
void prepare_new(Database& database);

/// Sets the connection up: write-ahead log, every commit synced before it returns. The log begins
/// anew when it has reached `log_bytes`.
void configure(Database& database, std::uint64_t log_bytes);

/// For when numbers may be given a second time: receivers tell them apart by the epoch.
void renew_epoch(Database& database);

/// Brings the schema up to date, each migration in one transaction with its bookkeeping row.
/// Throws Error for a file of a newer version.
void migrate(Database& database);

} // namespace holdfast::spool
