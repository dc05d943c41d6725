#include "edge/spool/spool_file.hpp"

#include "core/error.hpp"
#include "edge/spool/file_image.hpp"
#include "edge/spool/salvage.hpp"
#include "edge/spool/schema.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

namespace holdfast::spool {

namespace {

std::string open_fault(const std::filesystem::path& path, int code) {
    const auto folder = path.has_parent_path() ? path.parent_path().string() : std::string(".");
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return fmt::format("cannot open the spool {}: there is no folder {}; create it, or set "
                           "another path in [spool]",
                           path.string(), folder);
    case EISDIR:
        return fmt::format("cannot open the spool {}: this is a folder; name a file in it as path "
                           "in [spool]",
                           path.string());
    case EACCES:
    case EPERM:
    case EROFS:
        return fmt::format(
            "cannot write the spool {}: make the file and the folder {} writable for "
            "this user, or set another path in [spool]",
            path.string(), folder);
    default:
        return fmt::format("cannot open the spool {}", path.string());
    }
}

bool is_file_at(const UniqueFd& fd, const std::filesystem::path& path) {
    struct stat ours {};
    struct stat theirs {};
    return ::fstat(fd.get(), &ours) == 0 && ::stat(path.c_str(), &theirs) == 0 &&
           ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

/// Throws for what SQLite would not notice, or would answer with deleting what is left. Answers
/// whether numbers of the last commits may be given again.
bool check_log(const std::filesystem::path& path, FileKind kind) {
    if (const auto mark = damage_mark(path); !mark.empty()) {
        throw DatabaseDamaged(path.string(), mark, 0);
    }
    const FileImage image(path);
    if (image.log_is_damaged() || (kind == FileKind::empty && image.log_has_commits())) {
        throw DatabaseDamaged(path.string(),
                              kind == FileKind::empty ? "the file is empty and its log is not"
                                                      : "a checksum in the log is wrong",
                              0);
    }
    return image.log_end_is_torn();
}

/// Empties the log, so that each of its generations has at most one end that a power cut has torn:
/// FileImage can then tell that from damage.
void empty_log(Database& database) {
    try {
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (const DiskFull&) {
        // The daemon must start on a full disk too: then the log goes on.
    }
}

} // namespace

UniqueFd claim_file(const std::filesystem::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (!fd) {
        const int code = errno;
        throw SystemError(open_fault(path, code), code);
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        throw Error(fmt::format("{}: another process writes to this spool; stop it, or set another "
                                "path in [spool]",
                                path.string()));
    }
    // Between the two calls, another process may have put a salvaged file in its place.
    return is_file_at(fd, path) ? std::move(fd) : claim_file(path);
}

Database open_database(const std::filesystem::path& path, const UniqueFd& claim,
                       std::uint64_t log_bytes) {
    const auto kind = inspect_file(claim.get(), path);
    const bool may_repeat_numbers = check_log(path, kind);
    Database database(path, Database::Access::read_write);
    // Until it is known to be a spool of ours, closing it must not change it.
    database.checkpoint_on_close(false);
    if (kind == FileKind::empty) {
        prepare_new(database);
    }
    configure(database, log_bytes);
    migrate(database);
    if (may_repeat_numbers) {
        renew_epoch(database);
    }
    empty_log(database);
    return database;
}

} // namespace holdfast::spool
