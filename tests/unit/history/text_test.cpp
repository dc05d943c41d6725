#include "edge/history/text.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace holdfast;
using namespace holdfast::history;

namespace {

constexpr WallTime at(1'700'000'000'250'000);
const Series room{"room", "room/temperature", "Cel", Format::senml};
const spool::HistoryPoint known{at, true, 21.5, {}};
const spool::HistoryPoint guessed{at, false, -3, {}};
const spool::HistoryBucket bucket{at, true, 4, 1, 5, 2.5};

template <typename Add>
std::string text(TextFormat format, Add add) {
    std::string all;
    TextWriter out(format, "greenhouse", "room", [&](std::string_view part) { all += part; });
    add(out);
    out.finish();
    return all;
}

std::string two_points(TextFormat format) {
    return text(format, [](TextWriter& out) {
        out.add(known, room);
        out.add(guessed, room);
    });
}

std::string one_bucket(TextFormat format) {
    return text(format, [](TextWriter& out) { out.add(bucket); });
}

} // namespace

TEST_CASE("history as CSV has a header and a line a value") {
    CHECK(two_points(TextFormat::csv) == "time,value,unit,synchronised\n"
                                         "2023-11-14T22:13:20.250Z,21.5,Cel,true\n"
                                         "2023-11-14T22:13:20.250Z,-3,Cel,false\n");
    CHECK(one_bucket(TextFormat::csv) == "time,mean,min,max,count,synchronised\n"
                                         "2023-11-14T22:13:20.250Z,2.5,1,5,4,true\n");
}

TEST_CASE("history as JSON is an array also when it is empty") {
    const auto points = nlohmann::json::parse(two_points(TextFormat::json));
    REQUIRE(points.size() == 2);
    CHECK(points[0]["value"] == 21.5);
    CHECK(points[0]["unit"] == "Cel");
    CHECK(points[1]["synchronised"] == false);
    const auto buckets = nlohmann::json::parse(one_bucket(TextFormat::json));
    CHECK(buckets[0]["max"] == 5.0);
    CHECK(buckets[0]["count"] == 4);
    CHECK(nlohmann::json::parse(text(TextFormat::json, [](TextWriter&) {})).empty());
}

TEST_CASE("history as SenML gives no time that is only a guess") {
    const auto pack = nlohmann::json::parse(two_points(TextFormat::senml));
    REQUIRE(pack.size() == 2);
    CHECK(pack[0]["bn"] == "greenhouse/");
    CHECK(pack[0]["n"] == "room");
    CHECK(pack[0]["u"] == "Cel");
    CHECK(pack[0]["t"] == 1'700'000'000.25);
    CHECK_FALSE(pack[1].contains("t"));
    const auto buckets = nlohmann::json::parse(one_bucket(TextFormat::senml));
    REQUIRE(buckets.size() == 3);
    CHECK(buckets[1]["n"] == "room/min");
    CHECK(buckets[2]["v"] == 5.0);
}
