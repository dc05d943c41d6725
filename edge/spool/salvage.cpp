#include "edge/spool/salvage.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "edge/spool/rescue.hpp"
#include "edge/spool/schema.hpp"
#include "edge/spool/sqlite.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <system_error>

namespace holdfast::spool {

namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& path, const char* suffix) {
    return path.string() + suffix;
}

void sync(const fs::path& path, int flags) {
    const UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) {
        throw_errno(path.string());
    }
}

void sync_folder_of(const fs::path& path) {
    sync(path.has_parent_path() ? path.parent_path() : fs::path("."), O_RDONLY | O_DIRECTORY);
}

/// A name that no file has yet.
fs::path aside(const fs::path& path) {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    const auto stem = fmt::format("{}.damaged-{:%Y%m%dT%H%M%SZ}", path.string(), fmt::gmtime(now));
    fs::path name = stem;
    for (int number = 2; fs::exists(name) || fs::exists(beside(name, "-wal")); ++number) {
        name = fmt::format("{}-{}", stem, number);
    }
    return name;
}

void move_if_there(const fs::path& from, const fs::path& to) {
    if (fs::exists(from)) {
        fs::rename(from, to);
    }
}

/// The log goes first: it must never lie beside the new file, which SQLite would take it for. Until
/// the last step the new file has a name that finish_salvage() finds.
fs::path replace(const fs::path& path) {
    auto to = aside(path);
    move_if_there(beside(path, "-wal"), beside(to, "-wal"));
    move_if_there(beside(path, "-journal"), beside(to, "-journal"));
    fs::remove(beside(path, "-shm"));
    if (fs::exists(path) && fs::file_size(path) == 0 && !fs::exists(beside(to, "-wal"))) {
        fs::remove(path); // made a moment ago, to be claimed
    }
    move_if_there(path, to);
    sync_folder_of(path);
    fs::rename(beside(path, "-salvaged"), path);
    fs::remove(beside(path, "-damage"));
    sync_folder_of(path);
    return to;
}

Salvage rescue_into(const fs::path& draft, const fs::path& damaged) {
    Database database(draft, Database::Access::read_write);
    prepare_new(database);
    // A draft that a power cut ends is thrown away: it needs no journal.
    database.execute("PRAGMA journal_mode = OFF");
    database.execute("PRAGMA synchronous = OFF");
    migrate(database);
    return rescue(damaged, database);
}

} // namespace

Salvage salvage(const fs::path& path, const std::string& reason) {
    const auto draft = beside(path, "-salvaging");
    for (const auto* const suffix : {"", "-wal", "-journal", "-shm"}) {
        fs::remove(beside(draft, suffix));
    }
    const UniqueFd made(::open(draft.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (!made) {
        throw_errno(draft.string());
    }
    Salvage result;
    try {
        result = rescue_into(draft, path);
    } catch (...) {
        fs::remove(draft); // a full disk needs the space
        throw;
    }
    sync(draft, O_RDONLY);
    fs::rename(draft, beside(path, "-salvaged"));
    sync_folder_of(path);
    result.moved_to = replace(path);
    result.reason = reason;
    return result;
}

bool finish_salvage(const fs::path& path) {
    if (!fs::exists(beside(path, "-salvaged"))) {
        return false;
    }
    replace(path);
    return true;
}

void mark_damaged(const fs::path& path, const std::string& reason) {
    write_file(beside(path, "-damage"), reason + "\n", FileMode::group);
}

std::string damage_mark(const fs::path& path) {
    const auto mark = beside(path, "-damage");
    return fs::exists(mark) ? std::string(trim(read_file(mark))) : std::string();
}

} // namespace holdfast::spool
