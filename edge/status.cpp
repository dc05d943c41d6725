#include "edge/status.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace holdfast::edge {

namespace {

using Json = nlohmann::ordered_json;

// What a device or a file said may be no UTF-8; a status must not fail for that.
std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json uplink_json(const uplink::Flow::Stats& stats) {
    using Milliseconds = std::chrono::milliseconds;
    Json json{{"link", stats.link},
              {"pending", stats.pending},
              {"in_flight", stats.in_flight},
              {"window", stats.window},
              {"round_trip_ms", std::chrono::ceil<Milliseconds>(stats.round_trip).count()},
              {"receipts", stats.receipts},
              {"resent", stats.resent},
              {"stray_receipts", stats.stray},
              {"stalls", stats.stalls},
              {"hints", stats.hints},
              {"unsendable", stats.unsendable}};
    auto& held = json["held"] = Json::array();
    for (const auto& topic : stats.held) {
        held.push_back({{"topic", topic.topic}, {"rows", topic.rows}, {"reason", topic.reason}});
    }
    return json;
}

Json salvage_json(const spool::Salvage& salvage) {
    return {{"reason", salvage.reason},
            {"moved_to", salvage.moved_to.string()},
            {"saved", salvage.saved},
            {"pending", salvage.pending},
            {"lost_pending", salvage.lost_pending}};
}

Json rounded(const std::optional<double>& value) {
    return value ? Json(std::llround(*value)) : Json();
}

Json spool_json(const Status& status) {
    Json lost = Json::object();
    for (const auto& [kind, count] : status.spool.lost) {
        lost[std::string(to_string(kind))] = count;
    }
    Json json{{"epoch", status.epoch},
              {"last_seq", status.last_seq},
              {"file_bytes", status.spool.file_bytes},
              {"free_bytes", status.spool.free_bytes},
              {"max_bytes", status.spool_max_bytes},
              {"when_full", status.spool_when_full},
              {"lost", std::move(lost)},
              {"gaps_to_send", status.spool.open_gaps},
              {"written_bytes", status.spool.written_bytes},
              {"written_bytes_per_reading", rounded(status.bytes_per_reading)},
              {"written_bytes_per_day", rounded(status.bytes_per_day)},
              {"trouble", status.spool_trouble}};
    if (status.salvaged) {
        json["salvaged"] = salvage_json(*status.salvaged);
    }
    return json;
}

Json sensor_json(const sensors::SensorStatus& sensor) {
    Json json{{"state", to_string(sensor.state)},
              {"accepted", sensor.accepted},
              {"readings", sensor.readings},
              {"rejected", sensor.rejected}};
    if (!sensor.reason.empty()) {
        json["reason"] = sensor.reason;
    }
    return json;
}

} // namespace

std::string to_json(const Status& status) {
    Json json{{"online", true},
              {"site", status.site},
              {"clock_synchronised", status.clock_synchronised},
              {"committed", status.committed},
              {"waiting", status.waiting},
              {"dropped", status.dropped},
              {"spool", spool_json(status)}};
    if (status.uplink) {
        json["uplink"] = uplink_json(*status.uplink);
        json["uplink"]["missing_routes"] = status.missing_routes;
        json["uplink"]["waits_for_clock"] = status.waits_for_clock;
    }
    auto& sensors = json["sensors"] = Json::object();
    for (const auto& sensor : status.sensors) {
        sensors[sensor.sensor] = sensor_json(sensor);
    }
    json["alarms"] = status.alarms;
    return dump(json);
}

std::string offline_json(const std::string& site) {
    return dump(Json{{"online", false}, {"site", site}});
}

} // namespace holdfast::edge
