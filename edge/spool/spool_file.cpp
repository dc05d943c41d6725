#include "edge/spool/spool_file.hpp"

#include "core/error.hpp"
#include "edge/spool/schema.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

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
    return fd;
}

Database open_database(const std::filesystem::path& path, const UniqueFd& claim,
                       std::uint64_t log_bytes) {
    const bool is_new = inspect_file(claim.get(), path) == FileKind::empty;
    Database database(path, Database::Access::read_write);
    // Until it is known to be a spool of ours, closing it must not change it.
    database.checkpoint_on_close(false);
    if (is_new) {
        prepare_new(database);
    }
    configure(database, log_bytes);
    migrate(database);
    database.checkpoint_on_close(true);
    return database;
}

} // namespace holdfast::spool
