#include "cli/doctor/broker.hpp"
#include "cli/doctor/disk.hpp"
#include "cli/doctor/examinations.hpp"
#include "cli/doctor/report.hpp"
#include "cli/doctor/services.hpp"
#include "cli/doctor/sockets.hpp"
#include "core/atomic_file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

using namespace holdfast;
using namespace holdfast::cli::doctor;
using nlohmann::json;
using test::TempFolder;

namespace {

Patient patient() {
    return {.folder = "/nonexistent",
            .installed = false,
            .state = "/nonexistent/state",
            .broker_user = "nobody"};
}

/// Where the daemon says this of itself.
Patient with_daemon(const char* status) {
    auto one = patient();
    one.standing.daemon = json::parse(status);
    return one;
}

/// All of one verdict, a line each.
std::string said(const Findings& findings, Verdict verdict) {
    std::string lines;
    for (const auto& finding : findings) {
        if (finding.verdict == verdict) {
            CHECK((verdict == Verdict::good || !finding.why.empty()));
            CHECK((verdict == Verdict::good || !finding.remedy.empty()));
            lines += finding.what + "\n";
        }
    }
    return lines;
}

void put(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    write_file(file, text, FileMode::public_);
}

/// A folder shaped like sysfs in which `path` lies on the second partition of an eMMC.
void make_card(const std::filesystem::path& sys, const std::filesystem::path& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    const auto disk = sys / "devices/mmc/block/mmcblk0";
    put(disk / "mmcblk0p2/partition", "2\n");
    std::filesystem::create_directories(sys / "dev/block");
    std::filesystem::create_directory_symlink(
        disk / "mmcblk0p2",
        sys / "dev/block" /
            (std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev))));
    put(disk / "device/life_time", "0x02 0x0a\n");
    put(disk / "device/pre_eol_info", "0x01\n");
    put(sys / "fs/ext4/mmcblk0p2/errors_count", "3\n");
}

} // namespace

TEST_CASE("the listening sockets of the kernel's table are read") {
    const auto sockets = parse_sockets(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
        "timeout "
        "inode\n"
        "   0: 0100007F:22B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000   106        "
        "0 "
        "4711 1 0000000000000000 100 0 0 10 0\n"
        "   1: 00000000:075B 00000000:0000 0A 00000000:00000000 00:00000000 00000000   106        "
        "0 "
        "4712 1\n"
        "   2: 0100007F:D431 0100007F:22B3 01 00000000:00000000 00:00000000 00000000   106        "
        "0 "
        "4713 1\n"
        "   3: 00000000000000000000000001000000:22B3 00000000000000000000000000000000:0000 0A "
        "00000000:00000000 00:00000000 00000000   106        0 4714 1\n");
    REQUIRE(sockets.size() == 3);
    CHECK(sockets[0].address == "127.0.0.1");
    CHECK(sockets[0].port == 8883);
    CHECK(sockets[0].inode == 4711);
    CHECK(sockets[0].on_loopback());
    CHECK(sockets[1].port == 1883);
    CHECK(sockets[1].on_all());
    CHECK(sockets[2].address == "::1");
    CHECK(sockets[2].on_loopback());
}

TEST_CASE("lines that are no sockets are passed over") {
    for (const auto* const line :
         {"", "nonsense", "0: 0100007F 0 0A 0 0 0 0 0 1", "0: 01000:22B3 0 0A 0 0 0 0 0 1",
          "0: 0100007F:FFFFF 0 0A 0 0 0 0 0 1", "0: 0100007F:22B3 0 0A 0 0 0 0 0 x",
          "0: XX00007F:22B3 0 0A 0 0 0 0 0 1"}) {
        CAPTURE(line);
        CHECK(parse_sockets(line).empty());
    }
}

TEST_CASE("the broker's version is read from what it prints") {
    const auto version = parse_broker_version("mosquitto version 2.0.11\n\nmosquitto is an MQTT");
    REQUIRE(version);
    CHECK(*version == BrokerVersion{2, 0, 11});
    CHECK(parse_broker_version("mosquitto version 2.1.2-rc1") == BrokerVersion{2, 1, 2});
    for (const auto* const text : {"", "mosquitto", "mosquitto version ", "mosquitto version 2",
                                   "mosquitto version 2.0.", "mosquitto version 2.x.1"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_broker_version(text));
    }
}

TEST_CASE("the traps of a version are named where its configuration steps into them") {
    const auto options = parse_broker_options("# protocol websockets\n"
                                              "listener 9001 127.0.0.1\n"
                                              "  protocol\twebsockets\r\n"
                                              "per_listener_settings true\n",
                                              "web.conf");
    REQUIRE(options.size() == 3);
    CHECK(options[1].place == "web.conf:3");
    const auto old = judge_broker({2, 0, 11}, options);
    CHECK_THAT(said(old, Verdict::bad),
               ContainsSubstring("web.conf:3: this version's websockets") &&
                   ContainsSubstring("web.conf:4: this version does not"));
    CHECK(said(judge_broker({2, 0, 21}, options), Verdict::bad).empty());
    CHECK(said(judge_broker({2, 0, 11}, {}), Verdict::bad).empty());
    CHECK_THAT(said(judge_broker({1, 6, 12}, {}), Verdict::bad), ContainsSubstring("older"));
}

TEST_CASE("a bridge of a version that can stand still wants the watchdog") {
    const auto options = parse_broker_options("connection holdfast\n", "bridge.conf");
    CHECK(said(judge_broker({2, 0, 11}, options), Verdict::note) ==
          "no watchdog looks after the broker\n");
    CHECK(said(judge_broker({2, 0, 21}, options), Verdict::note).empty());
    CHECK(said(judge_broker({2, 0, 11}, {}), Verdict::note).empty());
    const auto watched =
        parse_broker_options("plugin_opt_watchdog 3min\nconnection holdfast\n", "bridge.conf");
    CHECK(said(judge_broker({2, 0, 11}, watched), Verdict::note).empty());
}

TEST_CASE("units are judged by what systemd says of them") {
    const auto units = parse_units("Id=mosquitto.service\nLoadState=loaded\nActiveState=active\n"
                                   "UnitFileState=enabled\nResult=success\nNRestarts=0\n"
                                   "\n"
                                   "Id=holdfast-edge.service\nLoadState=loaded\n"
                                   "ActiveState=failed\nUnitFileState=enabled\nResult=watchdog\n"
                                   "NRestarts=5\n"
                                   "\n"
                                   "Id=holdfast-renew.timer\nLoadState=not-found\n");
    REQUIRE(units.size() == 3);
    CHECK(judge_unit(units[0]).verdict == Verdict::good);
    CHECK(judge_unit(units[1]).what == "holdfast-edge.service is failed (watchdog)");
    CHECK(judge_unit(units[2]).what == "there is no holdfast-renew.timer");

    auto unit = units[0];
    unit.enabled = false;
    CHECK_THAT(judge_unit(unit).what, ContainsSubstring("will not after a reboot"));
    unit.enabled = true;
    unit.restarts = 3;
    CHECK(judge_unit(unit).verdict == Verdict::note);
}

TEST_CASE("room and wear of the disk are judged") {
    constexpr std::uint64_t mebi = std::uint64_t{1} << 20U;
    DiskFacts facts{.free_bytes = 100 * mebi};
    CHECK(said(judge_disk(facts, 10 * mebi, 100 * mebi), Verdict::bad).empty());
    CHECK(said(judge_disk(facts, 10 * mebi, 512 * mebi), Verdict::bad) ==
          "100.0 MiB are free, and the spool may grow by 502.0 MiB\n");
    CHECK(said(judge_disk(facts, 600 * mebi, 512 * mebi), Verdict::bad).empty());

    facts.read_only = true;
    CHECK_THAT(said(judge_disk(facts, 0, mebi), Verdict::bad), ContainsSubstring("read-only"));
    facts.read_only = false;
    facts.file_system_errors = 2;
    CHECK_THAT(said(judge_disk(facts, 0, mebi), Verdict::bad), ContainsSubstring("met 2 errors"));
    facts.file_system_errors = 0;
    facts.life_used = 4;
    CHECK_THAT(said(judge_disk(facts, 0, mebi), Verdict::good), ContainsSubstring("40 %"));
    facts.life_used = 10;
    CHECK_THAT(said(judge_disk(facts, 0, mebi), Verdict::bad), ContainsSubstring("100 %"));
    facts.life_used.reset();
    facts.reserve = 2;
    CHECK_THAT(said(judge_disk(facts, 0, mebi), Verdict::bad), ContainsSubstring("spare blocks"));
}

TEST_CASE("what the kernel tells of a card is found from the partition of the spool") {
    const TempFolder folder;
    const auto sys = folder / "sys";
    make_card(sys, folder.path());
    const auto facts = disk_facts(folder.path(), sys);
    CHECK(facts.file_system_errors == 3);
    CHECK(facts.life_used == 10);
    CHECK(facts.reserve == 1);
    CHECK(facts.free_bytes > 0);
    CHECK_FALSE(disk_facts(folder.path(), folder / "nothing").life_used);
}

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
