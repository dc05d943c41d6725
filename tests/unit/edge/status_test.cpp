#include "edge/status.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace holdfast;
using namespace holdfast::edge;
using nlohmann::json;

namespace {

Status status() {
    Status status{};
    status.site = "garden";
    status.committed = 7;
    status.spool_trouble = "/var: full";
    status.epoch = "00c0ffee";
    status.spool.lost[spool::GapKind::thinned] = 12;
    status.spool_max_bytes = 1000;
    status.spool_when_full = "thin";
    status.bytes_per_reading = 61.7;
    sensors::SensorStatus soil{};
    soil.sensor = "soil";
    soil.reason = "not UTF-8: \xff";
    status.sensors.push_back(soil);
    return status;
}

} // namespace

TEST_CASE("the status is one line of JSON with what a person asks for") {
    const auto text = to_json(status());
    CHECK(text.find('\n') == std::string::npos);
    const auto parsed = json::parse(text);
    CHECK(parsed["online"] == true);
    CHECK(parsed["site"] == "garden");
    CHECK(parsed["committed"] == 7);
    CHECK(parsed["spool"]["trouble"] == "/var: full");
    CHECK(parsed["spool"]["lost"] == json{{"thinned", 12}});
    CHECK(parsed["spool"]["max_bytes"] == 1000);
    CHECK(parsed["spool"]["when_full"] == "thin");
    CHECK(parsed["spool"]["written_bytes_per_reading"] == 62);
    CHECK(parsed["spool"]["written_bytes_per_day"].is_null());
    CHECK(parsed["sensors"].contains("soil"));
    CHECK_FALSE(parsed.contains("uplink"));
}

TEST_CASE("the status names each topic that does not get through and why") {
    auto with_cloud = status();
    with_cloud.uplink.emplace();
    with_cloud.uplink->held.push_back({"soil", 12, "denied"});
    with_cloud.uplink->round_trip = std::chrono::microseconds(1500);
    with_cloud.uplink->hints = 3;
    with_cloud.missing_routes = {"roof/#"};
    with_cloud.waits_for_clock = true;
    const auto uplink = json::parse(to_json(with_cloud))["uplink"];
    CHECK(uplink["held"] == json::array({{{"topic", "soil"}, {"rows", 12}, {"reason", "denied"}}}));
    CHECK(uplink["round_trip_ms"] == 2);
    CHECK(uplink["hints"] == 3);
    CHECK(uplink["missing_routes"] == json::array({"roof/#"}));
    CHECK(uplink["waits_for_clock"] == true);
}

TEST_CASE("what a device said never breaks the status") {
    CHECK(json::accept(to_json(status())));
}

TEST_CASE("the last will says which site is offline") {
    CHECK(json::parse(offline_json("garden")) == json{{"online", false}, {"site", "garden"}});
}
