#include "cli/status/page.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::cli;
using nlohmann::json;

namespace {

const Style plain(false);

certs::TimePoint now() {
    return std::chrono::sys_days(std::chrono::year(2030) / 6 / 15);
}

/// An appliance where all is well.
Standing good() {
    Standing standing{.site = "shed"};
    standing.now = now();
    standing.daemon = json::parse(R"({"online": true, "site": "shed", "clock_synchronised": true,
        "committed": 1055, "waiting": 2, "dropped": 0,
        "spool": {"file_bytes": 1258291, "max_bytes": 536870912, "written_bytes_per_day": 2048,
                  "trouble": "", "lost": {"thinned": 0}},
        "uplink": {"link": true, "pending": 12, "in_flight": 3, "receipts": 1043, "resent": 4,
                   "stalls": 1, "held": [], "missing_routes": []},
        "sensors": {"room": {"state": "online", "readings": 120}}, "alarms": []})");
    standing.counters = json::parse(R"({"logins": {"refused": 5},
        "denied": {"write": 6, "subscribe": 7, "limit": 8}})");
    return standing;
}

certs::Due ending(const std::string& name, std::chrono::hours left) {
    certs::Due due{.name = name, .certificate = {}};
    due.certificate.not_after = now() + left;
    return due;
}

} // namespace

TEST_CASE("the status of an appliance where all is well") {
    CHECK(status_page(good(), plain) ==
          "shed: the daemon runs, the link to the cloud is up\n"
          "  backlog      12 rows without a receipt, 3 messages in flight\n"
          "  receipts     1043; 4 sent again, 1 stalls\n"
          "  stored       1055 since the daemon started, 2 not yet on disk, 0 dropped\n"
          "  disk         1.2 MiB of 512.0 MiB, 2.0 KiB a day written\n"
          "  sensor       room: online, 120 readings\n"
          "  denied       5 logins, 6 publishes, 7 subscriptions, 8 over a limit\n");
}

TEST_CASE("the status names everything that is not well") {
    auto standing = good();
    auto& daemon = *standing.daemon;
    daemon["uplink"]["link"] = false;
    daemon["uplink"]["held"] = {{{"topic", "a/b"}, {"rows", 9}, {"reason", "refused"}}};
    daemon["uplink"]["missing_routes"] = {"ground"};
    daemon["spool"]["trouble"] = "disk full";
    daemon["spool"]["lost"]["thinned"] = 40;
    daemon["clock_synchronised"] = false;
    daemon["uplink"]["waits_for_clock"] = true;
    daemon["sensors"]["ph"] = {{"state", "offline"}, {"readings", 0}, {"reason", "no device"}};
    daemon["alarms"] = {"frost"};
    standing.certificates = {ending("server", std::chrono::hours(24 * 20)),
                             ending("phone", -std::chrono::hours(1))};
    standing.certificate_trouble = "x.crt: is empty";
    standing.clock_fault = "the clock says 1970";
    const auto page = status_page(standing, plain);
    for (const auto* words :
         {"the link to the cloud is down", "a/b: 9 rows, refused", "for \"ground\"", "disk full",
          "40 rows: thinned", "nobody keeps it right", "unset_clock = wait",
          "ph: offline, 0 readings, no device", "alarm        frost", "server ends on 2030-07-05",
          "phone ended on 2030-06-14", "x.crt: is empty",
          "the clock says 1970: the bridge waits until it is set"}) {
        CAPTURE(words);
        CHECK_THAT(page, ContainsSubstring(words));
    }
}

TEST_CASE("the status says who is away") {
    Standing standing{.site = "shed", .no_broker = "connection refused"};
    CHECK(status_page(standing, plain) ==
          "shed: the local broker cannot be asked: connection refused\n");
    standing.no_broker.clear();
    CHECK_THAT(status_page(standing, plain), ContainsSubstring("the daemon does not run"));
    standing.daemon = json::parse(R"({"online": false, "site": "shed"})");
    CHECK_THAT(status_page(standing, plain), ContainsSubstring("the daemon does not run"));
    CHECK_FALSE(standing.daemon_runs());
    standing.daemon = json::parse(R"({"online": true})"); // of another version, perhaps
    CHECK_THAT(status_page(standing, plain), ContainsSubstring("there is no cloud"));
}

TEST_CASE("certificates grow more urgent at 14 and at 3 days") {
    const auto of = [](int days) {
        return certs::urgency(ending("x", std::chrono::hours(24 * days + 1)).certificate, now());
    };
    CHECK(of(29) == certs::Urgency::notice);
    CHECK(of(14) == certs::Urgency::notice);
    CHECK(of(13) == certs::Urgency::warning);
    CHECK(of(3) == certs::Urgency::warning);
    CHECK(of(2) == certs::Urgency::alarm);
    CHECK(of(-1) == certs::Urgency::alarm);
}

TEST_CASE("the status for programs holds all of it") {
    auto standing = good();
    standing.certificates = {ending("server", std::chrono::hours(24 * 5))};
    const auto all = json::parse(status_json(standing));
    CHECK(all["site"] == "shed");
    CHECK(all["broker"] == true);
    CHECK(all["daemon"] == *standing.daemon);
    CHECK(all["counters"] == *standing.counters);
    CHECK(all["certificates"] == json::parse(R"([{"name": "server",
        "until": "2030-06-20 00:00 UTC", "urgency": "warning"}])"));
    const auto nothing = json::parse(status_json({.site = "shed", .no_broker = "refused"}));
    CHECK(nothing["broker"] == false);
    CHECK(nothing["daemon"].is_null());
}

TEST_CASE("colours are only there for those who see them") {
    CHECK(Style(true).bad("x") == "\x1b[31mx\x1b[0m");
    CHECK(Style(false).bad("x") == "x");
    CHECK(status_page(good(), plain).find('\x1b') == std::string::npos);
    CHECK(status_page(good(), Style(true)).find("\x1b[32m") != std::string::npos);
}
