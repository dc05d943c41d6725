#pragma once

#include "core/clock.hpp"
#include "edge/spool/spool.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace holdfast::spool {

constexpr std::uint64_t max_bytes = 600'000;
constexpr WallTime keep_all{};

/// The database and its log.
inline std::uint64_t bytes_on_disk(const std::filesystem::path& path) {
    std::uint64_t bytes = 0;
    for (const auto* const suffix : {"", "-wal", "-shm"}) {
        std::error_code missing;
        const auto size = std::filesystem::file_size(path.string() + suffix, missing);
        bytes += missing ? 0 : size;
    }
    return bytes;
}

/// A spool with a limit, and what was put into it.
class LimitedSpool {
public:
    explicit LimitedSpool(WhenFull when_full, std::uint64_t limit = max_bytes)
        : when_full_(when_full) {
        open(limit);
    }

    void open(std::uint64_t limit) {
        spool.reset();
        spool.emplace(path(), Spool::Options{"boot", limit, when_full_}, Log::silent());
        spool->set_clock(WallTime(0), true);
        room = spool->series({"room", "room/temperature", "Cel", Format::senml});
        alarm = spool->series({"alarm", "alarm", "", Format::senml, true});
    }

    std::filesystem::path path() const { return folder / "spool.db"; }

    /// Two thousand readings of the room and one of the alarm.
    void measure() {
        std::vector<Item> items;
        for (int i = 0; i < 2000; ++i) {
            now += std::chrono::milliseconds(100);
            items.emplace_back(Sample{room, value(), now, true});
        }
        items.emplace_back(Sample{alarm, 1, now, true});
        try {
            spool->append(items);
        } catch (const SpoolFull&) {
            dropped.insert(keep_up());
            spool->append(items);
        }
        measured += 2000;
    }
    double value() const { return static_cast<double>(now.count() / 100'000 % 1000) / 10; }

    /// Answers what was dropped.
    RangeSet keep_up(WallTime since = keep_all) {
        RangeSet gone;
        for (int steps = 0; steps < 10'000; ++steps) {
            const auto done = spool->upkeep(since, busy);
            gone.insert(done.dropped);
            if (!done.more) {
                return gone;
            }
        }
        FAIL("upkeep never ends");
        return gone;
    }

    void fill(int groups) {
        for (int group = 0; group < groups; ++group) {
            measure();
            keep_up();
            REQUIRE(bytes_on_disk(path()) <= max_bytes * 105 / 100);
        }
    }

    std::vector<Entry> pending() const {
        std::vector<Entry> entries;
        for (const auto& range : spool->pending().ranges()) {
            for (auto& entry : spool->read(range, 10'000'000, 1'000'000'000)) {
                entries.push_back(std::move(entry));
            }
        }
        return entries;
    }

    std::vector<nlohmann::json> gaps() {
        const auto range = spool->send_notices();
        std::vector<nlohmann::json> told;
        if (range) {
            for (const auto& entry : spool->read(*range, 1000, 1'000'000)) {
                const auto& message = std::get<Message>(entry.content);
                REQUIRE(message.topic == "gaps");
                told.push_back(nlohmann::json::parse(message.payload));
            }
        }
        return told;
    }

    test::TempFolder folder;
    WhenFull when_full_;
    std::optional<Spool> spool;
    SeriesId room = 0;
    SeriesId alarm = 0;
    BootTime now{0};
    std::uint64_t measured = 0;
    RangeSet busy;
    RangeSet dropped;
};

} // namespace holdfast::spool
