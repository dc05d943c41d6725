// What a full spool made of its readings, from the file to the cloud.

#include "core/clock.hpp"
#include "edge/spool/spool.hpp"
#include "edge/uplink/unpack.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/power_cut_disk.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

using namespace holdfast;
using namespace holdfast::test;
using nlohmann::json;

namespace {

void make_room(spool::Spool& spool) {
    while (spool.upkeep(WallTime(0), {}).more) {
    }
}

constexpr std::uint64_t measured = 400'000;

/// Stores them, and with `refuse` notes as lost what does not find room, as the daemon does.
void store(spool::Spool& spool, const std::vector<spool::Item>& items, spool::WhenFull when_full) {
    try {
        spool.append(items);
        return;
    } catch (const spool::SpoolFull&) {
        make_room(spool); // now it knows how much is wanted
    }
    if (when_full != spool::WhenFull::refuse) {
        spool.append(items);
        return;
    }
    spool::Loss loss;
    for (const auto& item : items) {
        const auto& sample = std::get<spool::Sample>(item);
        loss.series = sample.series;
        loss.add(sample.value, sample.at);
    }
    spool.add_gaps(spool::GapKind::refused, {&loss, 1});
}

/// More readings than the file has room for; answers how many were lost, by how.
std::map<spool::GapKind, std::uint64_t> fill(const std::filesystem::path& path,
                                             spool::WhenFull when_full) {
    using namespace spool;
    const PowerCutDisk disk(1); // keeps its power, but syncs nothing and so is fast
    Spool spool(path, {boot_id(), 300'000, when_full}, Log::silent());
    spool.set_clock(wall_now() - boot_now(), true);
    const auto series = spool.series({"old", "sensors/old", "Cel", Format::senml});
    BootTime at(1);
    for (std::uint64_t group = 0; group < measured / 4000; ++group) {
        std::vector<Item> items;
        for (int i = 0; i < 4000; ++i) {
            at += BootTime(1000 + i);
            items.emplace_back(Sample{series, i * 7919 % 10'000 / 100.0, at, true});
        }
        store(spool, items, when_full);
        make_room(spool);
    }
    return spool.stats().lost;
}

/// The gap that the cloud is told of, once it is.
json gap_at(Listener& cloud) {
    json gap;
    REQUIRE(cloud.wait_for([&](const mqtt::Delivery& delivery) {
        if (delivery.topic != Appliance::site + "/gaps") {
            return false;
        }
        gap = json::parse(delivery.payload);
        return true;
    }));
    CHECK(gap["series"] == "old");
    CHECK(gap["from"] < gap["to"]);
    CHECK(gap["min"] <= gap["mean"]);
    CHECK(gap["mean"] <= gap["max"]);
    return gap;
}

/// What each record that the cloud got stands for, by its number.
std::map<Seq, std::uint64_t> counts_at(const Listener& cloud) {
    std::map<Seq, std::uint64_t> counts; // one that stands for very many may come more than once
    for (const auto& message : cloud.messages()) {
        if (message.topic == Appliance::site + "/sensors/old") {
            const auto readings = uplink::unpack(message.payload).value();
            const auto records = json::parse(message.payload);
            for (std::size_t i = 0; i < readings.size(); ++i) {
                counts[readings[i].seq] = records.at(i).value("count", std::uint64_t{1});
            }
        }
    }
    return counts;
}

} // namespace

TEST_CASE("thinned rows and the gaps they leave reach the cloud and nothing is lost") {
    const TempFolder folder;
    const auto path = folder / "spool.db";
    const auto lost = fill(path, spool::WhenFull::thin);
    Appliance appliance({.spool = path});
    appliance.start();
    const auto gap = gap_at(appliance.at_cloud());
    CHECK(gap["kind"] == "thinned");
    CHECK(gap["count"] == lost.at(spool::GapKind::thinned));

    CHECK(appliance.settle().lost == 0);
    std::uint64_t stood_for = 0;
    std::uint64_t most = 0;
    for (const auto& [seq, count] : counts_at(appliance.at_cloud())) {
        stood_for += count;
        most = std::max(most, count);
    }
    CHECK(stood_for == measured);
    CHECK(most > 10'000); // more than the uplink asks for at once
}

TEST_CASE("what a full spool drops or refuses is told to the cloud which gets all the rest") {
    const auto [when_full, kind, name] =
        GENERATE(table<spool::WhenFull, spool::GapKind, std::string>(
            {{spool::WhenFull::drop_oldest, spool::GapKind::dropped, "dropped"},
             {spool::WhenFull::refuse, spool::GapKind::refused, "refused"}}));
    CAPTURE(name);
    const TempFolder folder;
    const auto path = folder / "spool.db";
    const auto lost = fill(path, when_full);
    REQUIRE(lost.size() == 1);
    Appliance appliance({.spool = path});
    appliance.start();
    const auto gap = gap_at(appliance.at_cloud());
    CHECK(gap["kind"] == name);
    CHECK(gap["count"] == lost.at(kind));
    CHECK(appliance.status()["spool"]["lost"][name] == lost.at(kind));

    CHECK(appliance.settle().lost == 0);
    CHECK(counts_at(appliance.at_cloud()).size() + lost.at(kind) == measured);
}
