#include "core/atomic_file.hpp"
#include "edge/spool/schema.hpp"
#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

using namespace holdfast;
using namespace holdfast::spool;

namespace {

void open(const std::filesystem::path& path) {
    const Spool spool(path, {"boot"}, Log::silent());
}

/// Acts as an ordinary user, whom file modes bind, also where the tests run as root.
class AsNobody {
public:
    AsNobody() {
        if (was_root_) {
            REQUIRE(::seteuid(65534) == 0);
        }
    }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
    ~AsNobody() {
        if (was_root_ && ::seteuid(0) != 0) {
            std::abort();
        }
    }

private:
    bool was_root_ = ::geteuid() == 0;
};

} // namespace

TEST_CASE("a spool of a newer version is refused and left as it is") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    open(path);
    const auto newer = schema_version() + 4;
    {
        Database database(path, Database::Access::read_write);
        database.execute(fmt::format("PRAGMA user_version = {}", newer));
    }
    const auto before = read_file(path);
    const auto message =
        fmt::format("made by a newer Holdfast (schema {}, this one knows {}): upgrade, or move the "
                    "file away",
                    newer, schema_version());
    CHECK_THROWS_WITH(open(path), ContainsSubstring(message) && ContainsSubstring(path.string()));
    CHECK(read_file(path) == before);
}

TEST_CASE("a newer version that is known only from the log is refused and both are left") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    open(path);
    Database writer(path, Database::Access::read_write);
    writer.execute("PRAGMA user_version = 99");
    const auto before = read_file(path);
    const auto log = read_file(path.string() + "-wal");
    CHECK_THROWS_WITH(open(path), ContainsSubstring("made by a newer Holdfast (schema 99"));
    CHECK(read_file(path) == before);
    CHECK(read_file(path.string() + "-wal") == log);
}

TEST_CASE("a file that is not a spool is refused and left as it is") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    const std::string page(4096, 'x');
    for (const auto& content :
         {std::string("hello\n"), page, std::string("SQLite format 3") + page}) {
        write_file(path, content, FileMode::secret);
        CHECK_THROWS_WITH(open(path), ContainsSubstring("not a Holdfast spool") &&
                                          ContainsSubstring(path.string()));
        CHECK(read_file(path) == content);
    }
}

TEST_CASE("a database of another program is refused and left as it is") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    write_file(path, "", FileMode::secret);
    {
        Database other(path, Database::Access::read_write);
        other.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY)");
    }
    const auto before = read_file(path);
    CHECK_THROWS_WITH(open(path), ContainsSubstring("not a Holdfast spool"));
    CHECK(read_file(path) == before);
}

TEST_CASE("an empty file becomes a spool") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    write_file(path, "", FileMode::secret);
    open(path);
    Database database(path, Database::Access::read_only);
    CHECK(database.number("PRAGMA user_version") == schema_version());
    CHECK(database.text("SELECT name FROM migration WHERE version = 1") != "");
    CHECK(database.text("PRAGMA integrity_check") == "ok");
}

TEST_CASE("a spool whose setting up was cut off is set up again") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    write_file(path, "", FileMode::secret);
    {
        Database database(path, Database::Access::read_write);
        prepare_new(database);
    }
    open(path);
    Database database(path, Database::Access::read_only);
    CHECK(database.text("PRAGMA journal_mode") == "wal");
    CHECK(database.number("PRAGMA user_version") == schema_version());
}

TEST_CASE("a missing folder and a folder in place of the file are explained") {
    const test::TempFolder folder;
    CHECK_THROWS_WITH(open(folder / "missing/spool.db"),
                      ContainsSubstring("there is no folder") && ContainsSubstring("missing"));
    CHECK_FALSE(std::filesystem::exists(folder / "missing"));
    CHECK_THROWS_WITH(open(folder.path()), ContainsSubstring("this is a folder"));
}

TEST_CASE("a file that may not be written is explained and left as it is") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    open(path);
    const auto before = read_file(path);
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
    std::filesystem::permissions(path, std::filesystem::perms(0444));
    {
        const AsNobody nobody;
        CHECK_THROWS_WITH(open(path), ContainsSubstring("cannot write the spool") &&
                                          ContainsSubstring(path.string()));
    }
    CHECK(read_file(path) == before);
}

TEST_CASE("a second writer is refused while the first goes on") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    Spool first(path, {"boot"}, Log::silent());
    CHECK_THROWS_WITH(open(path), ContainsSubstring("another process writes to this spool"));
    const auto id = first.series({"s", "t", "", Format::senml});
    CHECK(first.append(std::vector<Item>{Sample{id, 1, BootTime(0), true}}) == SeqRange{1, 1});
}
