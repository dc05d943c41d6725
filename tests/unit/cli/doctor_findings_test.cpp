// What doctor says of an appliance in this state or that.
#include "cli/doctor/bridge.hpp"
#include "cli/doctor/configuration.hpp"
#include "cli/doctor/report.hpp"
#include "cli/setup/services.hpp"
#include "doctor_patient.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace holdfast;
using namespace holdfast::cli::doctor;
using nlohmann::json;
using test::patient;
using test::put;
using test::said;
using test::TempFolder;
using test::with_daemon;

TEST_CASE("memory that runs out and programs that were ended for it are noted") {
    const TempFolder folder;
    auto one = patient();
    one.root = folder.path();
    put(folder / "proc/meminfo", "MemTotal:  948000 kB\nMemAvailable:    20480 kB\n");
    put(folder / "proc/vmstat", "oom_kill_disable 7\noom_kill 2\n");
    put(folder / "proc/17/comm", "mosquitto\n");
    put(folder / "proc/17/status", "Name:\tmosquitto\nVmRSS:\t    2048 kB\n");
    put(folder / "proc/self/comm", "none\n");
    const auto findings = examine_memory(one);
    CHECK_THAT(said(findings, Verdict::note),
               ContainsSubstring("20.0 MiB of memory") && ContainsSubstring("ended 2 programs"));
    CHECK(said(findings, Verdict::good) == "mosquitto (process 17) has 2.0 MiB\n");
}

TEST_CASE("a clock before its own certificates is found out") {
    const TempFolder folder;
    auto one = patient();
    one.folder = folder.path();
    std::filesystem::create_directories(folder / "certs");
    one.now = std::chrono::system_clock::time_point();
    CHECK_THAT(said(examine_clock(one), Verdict::bad), ContainsSubstring("1970"));
    one.now = std::chrono::system_clock::now();
    CHECK_THAT(said(examine_clock(one), Verdict::note), ContainsSubstring("nobody keeps"));
    one.clock_synchronised = true;
    CHECK(said(examine_clock(one), Verdict::good) == "the clock is synchronised\n");
}

TEST_CASE("sensors are judged by what the daemon says of them") {
    const auto findings = examine_sensors(with_daemon(R"({"online": true, "sensors": {
        "a": {"state": "offline", "reason": "no such file"},
        "b": {"state": "starting"},
        "c": {"state": "online", "readings": 3, "rejected": 9},
        "d": {"state": "online", "readings": 9, "rejected": 3}}})"));
    CHECK(said(findings, Verdict::bad) == "a is offline: no such file\n");
    CHECK(said(findings, Verdict::note) == "b is starting\n"
                                           "c gave 3 readings, and 9 that were rejected\n");
    CHECK(said(findings, Verdict::good) == "d is online, 9 readings\n");
    CHECK(said(examine_sensors(with_daemon(R"({"online": true})")), Verdict::note) ==
          "there is no sensor\n");
    CHECK(said(examine_sensors(patient()), Verdict::bad) == "the daemon does not run\n");
}

TEST_CASE("the way to the cloud is judged by what the daemon says of it") {
    CHECK(said(judge_uplink({{"link", false}, {"pending", 7}}), Verdict::bad) ==
          "the link to the cloud is down; 7 rows wait\n");
    const auto findings = judge_uplink(json::parse(R"({
        "link": true, "pending": 4, "receipts": 90,
        "held": [{"topic": "sensors/a", "reason": "it comes back changed", "rows": 3}],
        "missing_routes": ["attic"], "unsendable": 2, "stalls": 5})"));
    CHECK(said(findings, Verdict::good) == "the link is up, 90 receipts, 4 rows wait for theirs\n");
    CHECK(said(findings, Verdict::bad) == "sensors/a does not get through: it comes back changed\n"
                                          "the bridge brings no receipts for \"attic\"\n");
    CHECK(said(findings, Verdict::note) == "2 rows are too large for the cloud\n"
                                           "the bridge was stalled 5 times\n");
}

TEST_CASE("a part that the packages' broker does not read is found") {
    const TempFolder folder;
    const auto parts = folder / "generated/conf.d";
    const std::vector<bridge::RenderedFile> rendered{
        {parts / "appliance.conf", "a", FileMode::public_},
        {parts / "bridge.conf", "b", FileMode::public_},
        {folder / "generated/mosquitto.conf", "not for that broker", FileMode::public_}};
    bridge::write(rendered);
    put(folder / "debian/README", "");
    cli::link_into_broker(folder.path(), folder / "debian");
    CHECK(judge_links(rendered, parts, folder / "debian").empty());
    std::filesystem::remove(folder / "debian/holdfast-bridge.conf");
    CHECK(said(judge_links(rendered, parts, folder / "debian"), Verdict::bad) ==
          (folder / "debian/holdfast-bridge.conf").string() + " is no link to " +
              (parts / "bridge.conf").string() + "\n");
}

TEST_CASE("files that the broker's user cannot read are named with what is in the way") {
    const TempFolder folder;
    auto one = patient();
    one.folder = folder.path();
    put(folder / "certs/server.crt", "");
    std::filesystem::permissions(folder / "certs", std::filesystem::perms::owner_all);
    CHECK_THAT(said(examine_files(one), Verdict::bad),
               ContainsSubstring("the broker's user 'nobody' cannot read " +
                                 (folder / "certs/server.crt").string()));
}

TEST_CASE("what the daemon says of its spool is told with the disk") {
    const TempFolder folder;
    auto one = with_daemon(R"({"online": true, "spool": {
        "trouble": "no space left", "salvaged": {"moved_to": "/spool.db.1"},
        "lost": {"thinned": 7, "dropped": 0}, "written_bytes_per_day": 2048}})");
    one.root = folder.path();
    one.settings.spool.path = folder / "spool.db";
    one.settings.spool.max_size_bytes = 1;
    const auto findings = examine_disk(one);
    CHECK(said(findings, Verdict::bad) == "the spool takes nothing: no space left\n");
    CHECK(said(findings, Verdict::note) == "the spool was damaged; /spool.db.1\n"
                                           "7 rows were given up: thinned\n");
    CHECK_THAT(said(findings, Verdict::good), ContainsSubstring("writes 2.0 KiB a day"));
}

TEST_CASE("a report is for a person or for a program") {
    const std::vector<Chapter> chapters{
        {"files", {bad("x is open", "anyone reads it", "chmod o-r x"), good("y is fine")}},
        {"clock", {note("it drifts", "times are uncertain", "set it")}}};
    const cli::Style plain(false);
    CHECK(chapter_text(chapters[0], plain) == "files\n"
                                              "  FAIL  x is open\n"
                                              "        why: anyone reads it\n"
                                              "        do:  chmod o-r x\n"
                                              "  ok    y is fine\n");
    CHECK(summary_text(chapters, plain) == "1 failure, 1 note.\n");
    CHECK(summary_text({{"a", {good("b")}}}, plain) == "All is well.\n");
    const auto report = json::parse(report_json("shed", chapters));
    CHECK(report["site"] == "shed");
    CHECK(report["failures"] == 1);
    CHECK(report["notes"] == 1);
    CHECK(report["findings"][0] == json{{"area", "files"},
                                        {"verdict", "FAIL"},
                                        {"what", "x is open"},
                                        {"why", "anyone reads it"},
                                        {"do", "chmod o-r x"}});
}
