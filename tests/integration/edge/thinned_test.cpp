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

/// More readings than the file has room for; answers how many were thinned.
std::uint64_t fill(const std::filesystem::path& path) {
    using namespace spool;
    const PowerCutDisk disk(1); // keeps its power, but syncs nothing and so is fast
    Spool spool(path, {boot_id(), 300'000, WhenFull::thin}, Log::silent());
    spool.set_clock(wall_now() - boot_now(), true);
    const auto series = spool.series({"old", "sensors/old", "Cel", Format::senml});
    BootTime at(1);
    for (int groups = 0; groups < 100; ++groups) {
        std::vector<Item> items;
        for (int i = 0; i < 4000; ++i) {
            at += BootTime(1000 + i);
            items.emplace_back(Sample{series, i * 7919 % 10'000 / 100.0, at, true});
        }
        try {
            spool.append(items);
        } catch (const SpoolFull&) {
            make_room(spool); // now it knows how much is wanted
            spool.append(items);
        }
        make_room(spool);
    }
    return spool.stats().lost.at(GapKind::thinned);
}

} // namespace

TEST_CASE("thinned rows and the gaps they leave reach the cloud and nothing is lost") {
    const TempFolder folder;
    const auto path = folder / "spool.db";
    const auto thinned = fill(path);
    Appliance appliance({.spool = path});
    appliance.start();
    auto& cloud = appliance.at_cloud();
    json gap;
    REQUIRE(cloud.wait_for([&](const mqtt::Delivery& delivery) {
        if (delivery.topic != Appliance::site + "/gaps") {
            return false;
        }
        gap = json::parse(delivery.payload);
        return true;
    }));
    CHECK(gap["kind"] == "thinned");
    CHECK(gap["series"] == "old");
    CHECK(gap["count"] == thinned);
    CHECK(gap["from"] < gap["to"]);
    CHECK(gap["min"] <= gap["mean"]);
    CHECK(gap["mean"] <= gap["max"]);

    const auto result = appliance.settle();
    CHECK(result.lost == 0);
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
    std::uint64_t stood_for = 0;
    std::uint64_t most = 0;
    for (const auto& [seq, count] : counts) {
        stood_for += count;
        most = std::max(most, count);
    }
    CHECK(stood_for == 400'000);
    CHECK(most > 10'000); // more than the uplink asks for at once
}
