#include "cli/doctor/broker.hpp"
#include "cli/doctor/disk.hpp"
#include "cli/doctor/services.hpp"
#include "cli/doctor/sockets.hpp"
#include "doctor_patient.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

using namespace holdfast;
using namespace holdfast::cli::doctor;
using test::put;
using test::said;
using test::TempFolder;

namespace {

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
