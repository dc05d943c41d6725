#include "edge/uplink/packer.hpp"
#include "edge/uplink/unpack.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace holdfast;
using namespace holdfast::uplink;
using nlohmann::json;

namespace {

const Series room{"room", "house/room", "Cel", Format::senml};
const Series lux{"lux", "lux", "lx", Format::senml};
const Series plain{"plain", "plain", "", Format::scalar};

Row reading(Seq seq, const Series& series, double value, std::int64_t at_ms) {
    return {seq, std::chrono::milliseconds(at_ms), Row::Measured{series, value}};
}

PackOptions options(bool one_each, std::size_t best_bytes = 4096) {
    return {"shed", "0badcafe", best_bytes, one_each};
}

} // namespace

TEST_CASE("a live reading is a SenML pack of its own") {
    const std::vector rows{reading(7, room, 21.5, 1'700'000'000'250)};
    const auto batches = pack(rows, options(true));
    REQUIRE(batches.size() == 1);
    CHECK(batches[0].topic == "house/room");
    CHECK(batches[0].unique);
    CHECK(batches[0].payload == R"([{"bn":"shed/house/room","epoch":"0badcafe","bu":"Cel",)"
                                R"("bt":1700000000.25,"seq":7,"v":21.5}])");
}

TEST_CASE("readings whose time is only a guess have a pack of their own that says so once") {
    auto rows = std::vector{reading(1, room, 20, 1000), reading(2, room, 20.5, 1500),
                            reading(3, room, 21, 2000), reading(4, room, 22, 3000)};
    rows[0].guess = Row::Guess{3, std::chrono::milliseconds(12'250)};
    rows[1].guess = Row::Guess{3, std::chrono::milliseconds(12'750)};
    rows[3].guess = Row::Guess{2, std::chrono::seconds(7), std::chrono::seconds(90)};
    const auto batches = pack(rows, options(false));
    REQUIRE(batches.size() == 3);
    CHECK(batches[0].payload ==
          R"([{"bn":"shed/house/room","epoch":"0badcafe","bu":"Cel","bt":1,"seq":1,)"
          R"("clock":"unset","boot":3,"uptime":12.25,"v":20},{"t":0.5,"v":20.5}])");
    CHECK_FALSE(json::parse(batches[1].payload).at(0).contains("clock"));
    const auto estimated = json::parse(batches[2].payload).at(0);
    CHECK(estimated["clock"] == "estimated");
    CHECK(estimated["uncertainty"] == 90);
    CHECK(estimated["uptime"] == 7);
}

TEST_CASE("in catch-up the readings of a topic share a pack with times relative to the first") {
    const std::vector rows{reading(1, room, 20, 1000), reading(2, lux, -0.5, 1000),
                           reading(3, room, 1e300, 2500), reading(4, room, 21, 500)};
    const auto batches = pack(rows, options(false));
    REQUIRE(batches.size() == 2);
    const auto packed = json::parse(batches[0].payload);
    REQUIRE(packed.size() == 3);
    CHECK(packed[0]["bt"] == 1);
    CHECK(packed[0]["bu"] == "Cel");
    CHECK(packed[1]["t"] == 1.5);
    CHECK(packed[1]["v"] == 1e300);
    CHECK(packed[2]["t"] == -0.5);
    CHECK(batches[0].rows.ranges() == std::vector<SeqRange>{{1, 1}, {3, 4}});
    CHECK(batches[1].topic == "lux");
}

TEST_CASE("a pack says a name and a step once and a seq only where it is out of step") {
    const std::vector rows{reading(10, lux, 1, 0), reading(13, lux, 2, 1000),
                           reading(17, lux, 3, 2000), reading(20, lux, 4, 3000)};
    CHECK(pack(rows, options(false)).at(0).payload ==
          R"([{"bn":"shed/lux","epoch":"0badcafe","bu":"lx","bt":0,"seq":10,"step":3,"v":1},)"
          R"({"t":1,"v":2},{"t":2,"seq":17,"v":3},{"t":3,"v":4}])");
}

TEST_CASE("packs stay within the best size and keep every reading in order") {
    std::vector<Row> rows;
    for (Seq seq = 1; seq <= 500; ++seq) {
        rows.push_back(
            reading(seq, room, static_cast<double>(seq) / 3, static_cast<std::int64_t>(seq) * 100));
    }
    Seq expected = 1;
    for (const auto& batch : pack(rows, options(false, 1024))) {
        CHECK(std::string("shed/house/room").size() + batch.payload.size() <= 1024);
        const auto read_back = unpack(batch.payload).value();
        for (const auto& record : read_back) {
            CHECK(record.seq == expected);
            CHECK(record.value == static_cast<double>(expected) / 3);
            ++expected;
        }
    }
    CHECK(expected == 501);
}

TEST_CASE("scalars and captured messages go alone and byte for byte") {
    const std::string bytes("\0\xff{", 3);
    const std::vector<Row> rows{
        reading(1, plain, 21.5, 0), reading(2, plain, 21.5, 10),
        Row{3, WallTime(0), Message{"devices/a", bytes, 0, true, BootTime(0)}}};
    const auto batches = pack(rows, options(false));
    REQUIRE(batches.size() == 3);
    CHECK(batches[0].payload == "21.5");
    CHECK_FALSE(batches[0].unique);
    CHECK(batches[2].payload == bytes);
    CHECK(batches[2].retain);
    CHECK(batches[2].rows.contains(3));
}

TEST_CASE("a thinned reading says what it stands for and its receipt proves all of it") {
    auto thinned = reading(8, room, 21.25, 1'700'000'000'000);
    std::get<Row::Measured>(thinned.content).spread =
        Spread{4, 20.5, 22, std::chrono::milliseconds(1500)};
    thinned.covers = {3, 8};
    const std::vector rows{thinned, reading(9, room, 21, 1'700'000'001'000)};
    const auto batches = pack(rows, options(false));
    REQUIRE(batches.size() == 1);
    const auto packed = json::parse(batches[0].payload);
    CHECK(packed[0]["v"] == 21.25);
    CHECK(packed[0]["count"] == 4);
    CHECK(packed[0]["min"] == 20.5);
    CHECK(packed[0]["max"] == 22);
    CHECK(packed[0]["span"] == 1.5);
    CHECK(packed[0]["seq"] == 8);
    CHECK_FALSE(packed[1].contains("count"));
    CHECK(batches[0].rows.ranges() == std::vector<SeqRange>{{3, 9}});
}

TEST_CASE("a backlog of a million readings fits AWS IoT Core and fills what it bills") {
    // A stretch of the backlog as the schedule gives it, a hundred times.
    constexpr Seq stretch = 20'000;
    constexpr double stretches = 50;
    constexpr std::size_t billed = std::size_t{5} * 1024;
    std::vector<Series> series;
    series.reserve(10);
    for (int i = 0; i < 10; ++i) {
        series.push_back({"s", "sensors/s" + std::to_string(i), "Cel", Format::senml});
    }
    std::vector<Row> rows;
    for (Seq seq = 900'001; seq <= 900'000 + stretch; ++seq) {
        rows.push_back(reading(seq, series[seq % series.size()],
                               20 + static_cast<double>(seq * 7919 % 1000) / 100,
                               1'700'000'000'000 + static_cast<std::int64_t>(seq) * 100));
    }
    std::size_t bytes = 0;
    std::size_t steps = 0;
    const auto batches = pack(rows, options(false, 3 * billed));
    for (const auto& batch : batches) {
        const auto size = std::string("shed/").size() + batch.topic.size() + batch.payload.size();
        CHECK(size <= 3 * billed);
        bytes += size;
        steps += (size + billed - 1) / billed;
    }
    CHECK(static_cast<double>(bytes) >= 0.9 * static_cast<double>(steps * billed));
    // The profile's defaults: 80 publishes and 448 KiB a second.
    const auto seconds = stretches * std::max(static_cast<double>(batches.size()) / 80,
                                              static_cast<double>(bytes) / (448 * 1024));
    CHECK(seconds < 600);
    CHECK(seconds > 30); // or what is counted is not a million readings
}
