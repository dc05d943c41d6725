#include "edge/spool/schema.hpp"

#include "core/unique_fd.hpp"
#include "edge/spool/page_seal.hpp"
#include "edge/spool/sqlite.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::spool {

namespace {

constexpr std::uint32_t application_id = 0x486f6c64; // "Hold"

// Places in the header of a database file (sqlite.org/fileformat.html §1.3).
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t header_size = 100;
constexpr std::size_t user_version_at = 60;
constexpr std::size_t application_id_at = 68;

// The same of a rollback journal (§3).
constexpr std::string_view journal_magic{"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8};
constexpr std::size_t journal_pages_at = 16;

struct Migration {
    const char* name;
    const char* sql;
};

// Append only: what was released stays as it is.
constexpr std::array migrations{
    Migration{"blocks of readings and messages; pending ranges", R"(
        CREATE TABLE spool (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch TEXT NOT NULL
        ) STRICT;
        INSERT INTO spool (id, epoch) VALUES (1, lower(hex(randomblob(4))));

        -- wall time = boot time + offset, in microseconds; NULL while nobody has told
        CREATE TABLE boot (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            clock_offset INTEGER,
            synchronised INTEGER NOT NULL DEFAULT 0
        ) STRICT;

        CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            topic TEXT NOT NULL,
            unit TEXT NOT NULL,
            format TEXT NOT NULL,
            UNIQUE (name, topic, unit, format)
        ) STRICT;

        -- what goes up, in blocks (block.hpp); an item's Seq is first + its place in the block
        CREATE TABLE up_block (
            first INTEGER PRIMARY KEY,
            boot INTEGER NOT NULL REFERENCES boot (id),
            data BLOB NOT NULL
        ) STRICT;

        -- what is kept as history only
        CREATE TABLE local_block (
            id INTEGER PRIMARY KEY,
            boot INTEGER NOT NULL REFERENCES boot (id),
            data BLOB NOT NULL
        ) STRICT;

        -- What has no receipt. The range that reaches the end has no last: it takes in what is
        -- appended, so that an append writes nothing here. There is always exactly one such row.
        CREATE TABLE pending (
            first INTEGER PRIMARY KEY,
            last INTEGER
        ) STRICT;
        INSERT INTO pending (first, last) VALUES (1, NULL);
    )"},
    Migration{"thinned blocks; series that come first; gaps", R"(
        ALTER TABLE series ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;

        -- how often the block was thinned, and whether it goes up first and is given up last
        ALTER TABLE up_block ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE up_block ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX thinned_block ON up_block (priority, level, first) WHERE level > 0;
        CREATE INDEX priority_block ON up_block (first) WHERE priority > 0;

        -- bytes of data of thinned blocks that have no priority
        CREATE TABLE thinned (
            level INTEGER PRIMARY KEY,
            bytes INTEGER NOT NULL
        ) STRICT;

        -- Before these keys, small blocks have been put together.
        CREATE TABLE compacted (
            up INTEGER NOT NULL,
            local INTEGER NOT NULL
        ) STRICT;
        INSERT INTO compacted (up, local) VALUES (0, 0);

        -- What the cloud will not get as it was measured, one open row a kind and source: it grows
        -- until it is sent. source is a topic; series is 0 for messages. Times are wall time.
        CREATE TABLE gap (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            series INTEGER NOT NULL,
            source TEXT NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            synchronised INTEGER NOT NULL,
            count INTEGER NOT NULL,
            least REAL,
            greatest REAL,
            mean REAL,
            UNIQUE (kind, series, source)
        ) STRICT;

        -- since the file was made
        CREATE TABLE gap_total (
            kind TEXT PRIMARY KEY,
            count INTEGER NOT NULL
        ) STRICT;
    )"},
    Migration{"what is known later of a boot's clock", R"(
        -- how far, at most, clock_offset is from the truth, in microseconds; NULL where that is
        -- not known or the clock was synchronised
        ALTER TABLE boot ADD COLUMN uncertainty INTEGER;

        -- whether the cloud knows clock_offset, or got nothing that needs it
        ALTER TABLE boot ADD COLUMN told INTEGER NOT NULL DEFAULT 1;
    )"},
};

using Header = std::array<unsigned char, header_size>;

std::uint32_t big_endian(const Header& bytes, std::size_t at) {
    return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U |
           std::uint32_t{bytes[at + 2]} << 8U | std::uint32_t{bytes[at + 3]};
}

std::size_t read_header(int fd, const std::filesystem::path& path, Header& header) {
    const auto got = ::pread(fd, header.data(), header.size(), 0);
    if (got < 0) {
        throw_errno(path.string());
    }
    return static_cast<std::size_t>(got);
}

bool starts_with(const Header& header, std::string_view start) noexcept {
    return std::equal(start.begin(), start.end(), header.begin(),
                      [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; });
}

/// Whether any of the first pages was written by us, whatever became of the header.
bool holds_sealed_page(int fd) {
    constexpr std::uint64_t pages_to_try = 256;
    std::string page(page_size_bytes, '\0');
    for (std::uint64_t number = 1; number <= pages_to_try; ++number) {
        const auto offset = static_cast<off_t>((number - 1) * page_size_bytes);
        if (::pread(fd, page.data(), page.size(), offset) != static_cast<ssize_t>(page.size())) {
            return false;
        }
        if (is_sealed(page, number)) {
            return true;
        }
    }
    return false;
}

/// Whether SQLite will take back what is in the file, because the power went while the very first
/// pages were written: there is a rollback journal that begins with no pages.
bool first_write_was_cut(const std::filesystem::path& path) {
    const auto journal = std::filesystem::path(path.string() + "-journal");
    const UniqueFd fd(::open(journal.c_str(), O_RDONLY | O_CLOEXEC));
    Header header{};
    return fd && read_header(fd.get(), journal, header) == header_size &&
           starts_with(header, journal_magic) && big_endian(header, journal_pages_at) == 0;
}

[[noreturn]] void refuse(std::string_view path, std::string_view reason) {
    throw Error(fmt::format("{}: {}", path, reason));
}

void refuse_newer(std::string_view path, std::int64_t version) {
    if (version > schema_version()) {
        refuse(path,
               fmt::format("made by a newer Holdfast (schema {}, this one knows {}): upgrade, "
                           "or move the file away",
                           version, schema_version()));
    }
}

} // namespace

int schema_version() noexcept {
    return static_cast<int>(migrations.size());
}

void require_schema(Database& database) {
    const auto version = database.number("PRAGMA user_version");
    if (version != schema_version()) {
        throw Error(
            fmt::format("{}: a spool of schema {}, and this is a Holdfast for {}: start its "
                        "daemon first, or use the version that made it",
                        database.path(), version, schema_version()));
    }
}

FileKind inspect_file(int fd, const std::filesystem::path& path) {
    Header header{};
    const auto got = read_header(fd, path, header);
    if (got == 0 || first_write_was_cut(path)) {
        return FileKind::empty;
    }
    if (got < header_size || !starts_with(header, magic) ||
        big_endian(header, application_id_at) != application_id) {
        if (holds_sealed_page(fd)) {
            throw DatabaseDamaged(path.string(), "the header of the file is damaged", 0);
        }
        refuse(path.string(), "not a Holdfast spool: move the file away, or set another path in "
                              "[spool]");
    }
    refuse_newer(path.string(), big_endian(header, user_version_at));
    return FileKind::spool;
}

void prepare_new(Database& database) {
    // The page size must come before anything that writes the first page.
    database.execute(fmt::format("PRAGMA page_size = {}", page_size_bytes));
    database.reserve_seals();
    // Together: a file that has pages is a spool of ours.
    Transaction transaction(database);
    database.execute(fmt::format("PRAGMA application_id = {}", application_id));
    transaction.commit();
}

void configure(Database& database, std::uint64_t log_bytes) {
    // Also for an old file: setting it up may have been cut off before it got its log.
    database.execute("PRAGMA journal_mode = WAL");
    database.execute("PRAGMA synchronous = FULL");
    // Debian's SQLite overwrites what it deletes with zeros: writes that a card need not bear.
    database.execute("PRAGMA secure_delete = OFF");
    database.execute("PRAGMA cache_size = -512");
    // The longer the log, the more commits share one write of a page into the database.
    database.execute(fmt::format("PRAGMA wal_autocheckpoint = {}", log_bytes / page_size_bytes));
    // One great group must not leave a great log behind for ever.
    database.execute(fmt::format("PRAGMA journal_size_limit = {}", log_bytes));
}

void renew_epoch(Database& database) {
    database.execute("UPDATE spool SET epoch = lower(hex(randomblob(4)))");
}

void migrate(Database& database) {
    refuse_newer(database.path(), database.number("PRAGMA user_version"));
    database.execute("CREATE TABLE IF NOT EXISTS migration ("
                     "version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT");
    if (database.number("PRAGMA user_version") > 0 && !database.has_seals()) {
        // A file of schema 1 or 2. It costs its own size in free space once.
        database.reserve_seals();
        database.execute("VACUUM");
    }
    for (auto version = database.number("PRAGMA user_version"); version < schema_version();) {
        const auto& migration = migrations.at(static_cast<std::size_t>(version));
        ++version;
        Transaction transaction(database);
        database.execute(migration.sql);
        const Statement record(database, "INSERT INTO migration (version, name) VALUES (?, ?)");
        record.use().bind(version).bind(std::string_view(migration.name)).run();
        database.execute(fmt::format("PRAGMA user_version = {}", version));
        transaction.commit();
    }
}

} // namespace holdfast::spool
