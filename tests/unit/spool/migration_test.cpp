// A file of every schema that there was (fixtures/) opens with all that it held.

#include "edge/spool/schema.hpp"
#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

using namespace holdfast;
using namespace holdfast::spool;

namespace {

/// Every fixture was filled with the same.
void check(const Spool& spool) {
    CHECK_FALSE(spool.salvaged());
    CHECK(spool.last() == 201);
    CHECK(spool.pending().ranges() == std::vector{SeqRange{101, 201}});
    const auto entries = spool.read({1, 201}, 1000, 1'000'000);
    REQUIRE(entries.size() == 201);
    for (Seq seq = 1; seq <= 200; ++seq) {
        const auto& entry = entries[seq - 1];
        const auto seconds = std::chrono::seconds(1'700'000'000 + static_cast<std::int64_t>(seq));
        REQUIRE(entry.seq == seq);
        REQUIRE(entry.at == seconds);
        REQUIRE(entry.synchronised);
        const auto& reading = std::get<ReadingRow>(entry.content);
        REQUIRE(reading.value == static_cast<double>(seq) / 8);
        REQUIRE(spool.series(reading.series).topic == "room/temperature");
    }
    CHECK(std::get<Message>(entries[200].content).payload == "open");
}

void zero_page(const std::filesystem::path& path, std::uint64_t number) {
    std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>((number - 1) * page_size_bytes));
    stream << std::string(page_size_bytes, '\0');
    REQUIRE(stream.good());
}

} // namespace

TEST_CASE("of a damaged file without seals every row that is readable is saved") {
    const std::string fixture = fmt::format("{}/schema-1.db", HOLDFAST_FIXTURES);
    unsigned salvaged = 0;
    std::size_t most_saved = 0;
    for (std::uint64_t page = 2; page <= std::filesystem::file_size(fixture) / page_size_bytes;
         ++page) {
        INFO("page " << page);
        const test::TempFolder folder;
        const auto path = folder / "spool.db";
        std::filesystem::copy_file(fixture, path);
        zero_page(path, page);
        Spool spool(path, {"another-boot"}, Log::silent());
        const auto entries = spool.read({1, 201}, 1000, 1'000'000);
        for (const auto& entry : entries) {
            const auto* const reading = std::get_if<ReadingRow>(&entry.content);
            REQUIRE((entry.seq == 201) == (reading == nullptr));
            REQUIRE((reading == nullptr || reading->value == static_cast<double>(entry.seq) / 8));
        }
        if (!spool.salvaged()) {
            CHECK(entries.size() == 201);
            continue;
        }
        ++salvaged;
        CHECK(spool.salvaged()->saved >= entries.size()); // and what is history only
        most_saved = std::max(most_saved, entries.size());
        CHECK(spool.append(std::vector<Item>{Message{"door", "shut", 1, false, BootTime(1)}}));
        CHECK(Database(path, Database::Access::read_only).has_seals());
    }
    CHECK(salvaged > 3);
    CHECK(most_saved == 201); // where only bookkeeping was lost
}

TEST_CASE("a file of each schema opens with all that it held and can be written") {
    for (int version = 1; version <= schema_version(); ++version) {
        INFO("schema " << version);
        const test::TempFolder folder;
        const auto path = folder / "spool.db";
        std::filesystem::copy_file(fmt::format("{}/schema-{}.db", HOLDFAST_FIXTURES, version),
                                   path);
        {
            Spool spool(path, {"another-boot"}, Log::silent());
            check(spool);
            spool.append(std::vector<Item>{Message{"door", "shut", 1, false, BootTime(1)}});
        }
        const Spool again(path, {"another-boot"}, Log::silent());
        CHECK(again.last() == 202);
        Database database(path, Database::Access::read_only);
        CHECK(database.number("PRAGMA user_version") == schema_version());
        CHECK(database.number("SELECT count(*) FROM migration") == schema_version());
        CHECK(database.has_seals());
        CHECK(database.text("PRAGMA integrity_check") == "ok");
    }
}
