// What real cards do to files: flipped bits, zeroed pages, lost ends, garbage, in the spool and its
// log. Opening goes on with every row that can be read, and never gives a wrong one.

#include "core/atomic_file.hpp"
#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"
#include "support/catch.hpp"
#include "support/power_cut_disk.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <fstream>
#include <random>

using namespace holdfast;
using namespace holdfast::spool;

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t log_header_bytes = 32;
constexpr std::uint64_t log_frame_bytes = 24 + 1024;
constexpr WallTime offset(1'700'000'000'000'000);

std::string payload_of(Seq seq) {
    return std::to_string(seq) +
           std::string(seq % 97 == 0 ? 5000 : seq % 300, static_cast<char>('a' + seq % 26));
}

Item item_of(Seq seq, const std::array<SeriesId, 3>& series) {
    const BootTime at(static_cast<std::int64_t>(seq * 1000));
    if (seq % 5 == 0) {
        return Message{fmt::format("t{}", seq % 3), payload_of(seq), 1, false, at};
    }
    return Sample{series[seq % 3], static_cast<double>(seq) / 8, at, true};
}

void check_entry(const Spool& spool, const Entry& entry) {
    REQUIRE((entry.at == offset + BootTime(static_cast<std::int64_t>(entry.seq * 1000)) ||
             !entry.synchronised));
    if (entry.seq % 5 == 0) {
        const auto& message = std::get<Message>(entry.content);
        REQUIRE(message.topic == fmt::format("t{}", entry.seq % 3));
        REQUIRE(message.payload == payload_of(entry.seq));
    } else {
        const auto& reading = std::get<ReadingRow>(entry.content);
        REQUIRE(reading.value == static_cast<double>(entry.seq) / 8);
        REQUIRE(spool.series(reading.series).name == fmt::format("s{}", entry.seq % 3));
    }
}

/// A spool in a folder of its own, and what it holds.
struct Original {
    enum class Index { lost, there };

    explicit Original(std::mt19937& random, Index index = Index::lost)
        : path(folder / "original.db") {
        Spool spool(path, {"boot"}, Log::silent());
        spool.set_clock(offset, true);
        std::array<SeriesId, 3> series{};
        for (std::size_t i = 0; i < series.size(); ++i) {
            series[i] = spool.series({fmt::format("s{}", i), "t", "Cel", Format::senml});
        }
        for (auto groups = 2 + random() % 60; groups > 0; --groups) {
            std::vector<Item> items;
            for (auto size = 1 + random() % 40; size > 0; --size) {
                items.push_back(item_of(last + items.size() + 1, series));
            }
            last = spool.append(items)->last;
            if (random() % 4 == 0) {
                const Seq first = 1 + random() % last;
                proved.insert({first, std::min<Seq>(first + random() % 30, last)});
                spool.prove(proved);
            }
            if (groups == 20) {
                Database(path, Database::Access::read_write)
                    .execute("PRAGMA wal_checkpoint(TRUNCATE)");
            }
        }
        spool.save_receipts();
        epoch = spool.epoch();
        // As a power cut leaves it: with its log.
        fs::copy_file(path, cut);
        fs::copy_file(path.string() + "-wal", log);
        if (index == Index::there) {
            fs::copy_file(path.string() + "-shm", cut.string() + "-shm");
        }
    }

    test::TempFolder folder;
    fs::path path;
    fs::path cut = folder / "spool.db";
    fs::path log = folder / "spool.db-wal";
    std::string epoch;
    Seq last = 0;
    RangeSet proved;
};

void write_over(const fs::path& file, std::uint64_t at, const std::string& bytes) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(at));
    stream << bytes;
    REQUIRE(stream.good());
}

std::string damage(const fs::path& file, std::mt19937& random) {
    const auto size = fs::file_size(file);
    if (size == 0) {
        return "nothing";
    }
    const auto anywhere = [&] { return random() % size; };
    const auto page = anywhere() / 1024 * 1024;
    const auto page_size = std::min<std::uint64_t>(1024, size - page);
    switch (random() % 5) {
    case 0: {
        const auto to = anywhere();
        fs::resize_file(file, to);
        return fmt::format("{} cut from {} to {} bytes", file.filename().string(), size, to);
    }
    case 1:
        write_over(file, page, std::string(page_size, '\0'));
        return fmt::format("{} zeroed at {}", file.filename().string(), page);
    case 2: {
        std::string garbage(page_size, '\0');
        for (auto& byte : garbage) {
            byte = static_cast<char>(random());
        }
        write_over(file, page, garbage);
        return fmt::format("{} garbage at {}", file.filename().string(), page);
    }
    default: {
        const auto content = read_file(file);
        std::string what = file.filename().string() + " flipped at";
        for (auto flips = 1 + random() % 4; flips > 0; --flips) {
            const auto at = anywhere();
            write_over(file, at,
                       std::string(1, static_cast<char>(content[at] ^ 1 << random() % 8)));
            what += fmt::format(" {}", at);
        }
        return what;
    }
    }
}

RangeSet check_rows(const Spool& spool, Seq last) {
    RangeSet found;
    for (const auto& entry : spool.read({1, last + 1000}, 1'000'000, 1'000'000'000)) {
        check_entry(spool, entry);
        found.insert({entry.seq, entry.seq});
    }
    return found;
}

/// What the cloud is told of what the card has lost.
void check_gap(const Spool& spool, const std::optional<SeqRange>& told) {
    const auto& salvaged = *spool.salvaged();
    if (!told) {
        REQUIRE(salvaged.lost_pending == 0);
        return;
    }
    const auto entries = spool.read(*told, 10, 10'000);
    REQUIRE(entries.size() == 1);
    const auto& message = std::get<Message>(entries[0].content);
    REQUIRE(message.topic == "gaps");
    const auto gap = nlohmann::json::parse(message.payload);
    REQUIRE(gap["kind"] == "damaged");
    REQUIRE(gap["topic"] == "#");
    REQUIRE(gap["count"] == salvaged.lost_pending);
    REQUIRE(gap["from"] <= gap["to"]);
    REQUIRE(gap["epoch"] == spool.epoch());
    REQUIRE(spool.stats().lost.at(GapKind::damaged) == salvaged.lost_pending);
}

void check(const Original& original, const Spool& spool, bool flipped, bool log_was_cut) {
    const auto found = check_rows(spool, original.last);
    auto unproved = found;
    unproved.erase(original.proved);
    for (const auto& range : unproved.ranges()) {
        REQUIRE(spool.pending().count_within(range.first, range.last) == range.size());
    }
    for (const auto& range : spool.pending().ranges()) {
        REQUIRE(found.count_within(range.first, range.last) == range.size());
    }
    if (!spool.salvaged()) {
        // Nothing tells damage to the last transactions from a power cut that ended them, and
        // nothing at all where the log has lost its end.
        REQUIRE((log_was_cut || spool.last() + 4 * 40 >= original.last));
        // But then a number that is given again has another epoch.
        REQUIRE((!flipped || spool.last() == original.last || spool.epoch() != original.epoch));
        REQUIRE(found.size() == spool.last());
    } else {
        REQUIRE(spool.salvaged()->saved == found.size());
        REQUIRE((spool.last() == original.last || log_was_cut || spool.epoch() != original.epoch));
        REQUIRE(fs::exists(spool.salvaged()->moved_to));
    }
}

/// The spool finds whatever is wrong with it as soon as it reads the place.
void scrub(const fs::path& path) {
    try {
        Spool spool(path, {"boot"}, Log::silent());
        while (!spool.scrub(100)) {
        }
    } catch (const DatabaseDamaged& found) {
        mark_damaged(path, found.what());
    }
}

} // namespace

TEST_CASE("a damaged spool goes on with every row that is readable and no other", "[random]") {
    const auto seed = static_cast<unsigned>(Catch::rngSeed());
    const test::PowerCutDisk disk(seed); // keeps its power, but syncs nothing and so is fast
    unsigned salvaged = 0;
    for (unsigned round = 0; round < 150; ++round) {
        std::mt19937 random(seed * 7919U + round);
        const bool indexed = random() % 2 == 0;
        const Original original(random, indexed ? Original::Index::there : Original::Index::lost);
        const bool in_log = random() % 2 == 0;
        const auto what = damage(in_log ? original.log : original.cut, random);
        // A log without its header may be one that was emptied.
        const bool end_is_known = indexed && fs::file_size(original.log) >= log_header_bytes;
        INFO("again with --rng-seed " << seed << ", round " << round << ": " << what);

        std::optional<Spool> opened;
        opened.emplace(original.cut, Spool::Options{"boot"}, Log::silent());
        if (!opened->salvaged()) {
            opened.reset();
            scrub(original.cut);
            opened.emplace(original.cut, Spool::Options{"boot"}, Log::silent());
        }
        Spool& spool = *opened;
        salvaged += spool.salvaged() ? 1U : 0U;
        check(original, spool, what.find("flipped") != std::string::npos,
              in_log && what.find("cut") != std::string::npos);
        REQUIRE((!end_is_known || spool.salvaged() || spool.last() == original.last));
        if (spool.salvaged()) {
            check_gap(spool, spool.send_notices());
        }
        const auto last = spool.last();
        spool.append(std::vector<Item>{Message{"t", "new", 1, false, BootTime(1)}});
        REQUIRE(spool.last() == last + 1);
        REQUIRE(
            Database(original.cut, Database::Access::read_only).text("PRAGMA integrity_check") ==
            "ok");
    }
    CHECK(salvaged > 20);
}

TEST_CASE("a log that lost its last commits is told from a power cut by its index") {
    std::mt19937 random(1);
    const test::PowerCutDisk disk(1);
    for (const auto index : {Original::Index::there, Original::Index::lost}) {
        const Original original(random, index);
        const auto frames = (fs::file_size(original.log) - log_header_bytes) / log_frame_bytes;
        fs::resize_file(original.log, log_header_bytes + frames / 2 * log_frame_bytes);
        Spool spool(original.cut, {"boot"}, Log::silent());
        REQUIRE(spool.last() < original.last);
        CHECK(spool.salvaged().has_value() == (index == Original::Index::there));
        CHECK((spool.epoch() != original.epoch) == (index == Original::Index::there));
        if (spool.salvaged()) {
            const auto told = spool.send_notices();
            REQUIRE(told);
            check_gap(spool, told);
        }
    }
}
