// `holdfast backup` and `holdfast restore`, of an appliance that runs and of one that is gone.
#include "cli/backup/archive.hpp"
#include "init_folder.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>

using namespace holdfast;
using namespace holdfast::test;

namespace fs = std::filesystem;

namespace {

/// Every file of an appliance with its content, rights and owners, but what is made from others.
std::string likeness(const fs::path& folder) {
    std::vector<fs::path> paths{folder};
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::string all;
    for (const auto& path : paths) {
        struct stat status {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        all += fmt::format("{} {:o} {}:{} {}\n", path.string(), status.st_mode, status.st_uid,
                           status.st_gid, fs::is_regular_file(path) ? read_file(path) : "");
    }
    return all;
}

Outcome restore(const InitFolder& site, const fs::path& archive,
                std::vector<std::string> more = {}) {
    std::vector<std::string> words{"restore", archive.string(), "--dir", site.folder().string(),
                                   "--state", site.state()};
    words.insert(words.end(), more.begin(), more.end());
    return holdfast_command(std::move(words));
}

void back_up(const fs::path& folder, const fs::path& archive) {
    const auto outcome = holdfast_command({"backup", archive.string(), "--dir", folder.string()});
    INFO(outcome.output);
    REQUIRE(outcome.status == 0);
    CHECK(fs::status(archive).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

/// Nothing but that text under that name.
fs::path archive_of(const fs::path& file, const std::string& name, const std::string& text) {
    cli::ArchiveWriter archive(file);
    archive.add_text(text, name);
    archive.finish();
    return file;
}

std::size_t readings(const Appliance& site, const std::string& sensor) {
    const auto outcome =
        holdfast_command({"history", sensor, "--dir", site.folder().string(), "--format", "csv"});
    REQUIRE(outcome.status == 0);
    return static_cast<std::size_t>(std::count(outcome.output.begin(), outcome.output.end(), '\n'));
}

} // namespace

TEST_CASE("an appliance that is gone is the same again after a restore") {
    const InitFolder site;
    REQUIRE(site.init({"--site", "shed", "--cloud", "mosquitto://cloud.example"}).status == 0);
    const TempFolder stick;
    const auto before = likeness(site.folder());
    back_up(site.folder(), stick / "shed.tar.gz");

    const auto held = restore(site, stick / "shed.tar.gz");
    CHECK(held.status == 3);
    CHECK_THAT(held.output, ContainsSubstring("holdfast.conf exists: --force"));
    CHECK(likeness(site.folder()) == before);

    fs::remove_all(site.folder());
    const auto outcome = restore(site, stick / "shed.tar.gz");
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    CHECK(likeness(site.folder()) == before);
}

TEST_CASE("a file that is a link is in the backup as what it shows") {
    const InitFolder site;
    REQUIRE(site.init({"--site", "shed"}).status == 0);
    const TempFolder elsewhere;
    const auto file = site.folder() / "certs/phone.crt";
    write_file(elsewhere / "phone.crt", "a certificate", FileMode::public_);
    fs::create_symlink(elsewhere / "phone.crt", file);
    back_up(site.folder(), elsewhere / "shed.tar.gz");
    fs::remove_all(site.folder());
    const auto outcome = restore(site, elsewhere / "shed.tar.gz");
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    CHECK(fs::symlink_status(file).type() == fs::file_type::regular);
    CHECK(read_file(file) == "a certificate");
}

TEST_CASE("what a restore replaces is kept beside") {
    const InitFolder site;
    REQUIRE(site.init({"--site", "shed"}).status == 0);
    const TempFolder stick;
    back_up(site.folder(), stick / "shed.tar.gz");
    const auto users = read_file(site.folder() / "users");
    std::ofstream(site.folder() / "users", std::ios::app) << "# of today\n";
    CHECK(restore(site, stick / "shed.tar.gz", {"--force"}).status == 0);
    CHECK(read_file(site.folder() / "users") == users);
    for (const auto& entry : fs::directory_iterator(site.folder())) {
        if (entry.path().filename().string().starts_with("before-restore-")) {
            CHECK(read_file(entry.path() / "users") == users + "# of today\n");
            CHECK(fs::status(entry.path()).permissions() == fs::perms::owner_all);
            return;
        }
    }
    FAIL("the old files are gone");
}

TEST_CASE("a restore whose readings have no room changes nothing") {
    Appliance site;
    site.start();
    const TempFolder stick;
    back_up(site.folder(), stick / "site.tar.gz");
    site.daemon().stop();
    site.broker().kill();
    fs::create_directories(site.spool().string() + ".restored/in the way");
    const auto before = likeness(site.folder());
    const auto outcome = holdfast_command(
        {"restore", stick / "site.tar.gz", "--force", "--dir", site.folder().string()});
    CHECK(outcome.status == 3);
    CHECK_THAT(outcome.output, ContainsSubstring(".restored"));
    CHECK(likeness(site.folder()) == before);
}

TEST_CASE("an archive that is not a whole backup changes nothing") {
    const InitFolder site;
    REQUIRE(site.init({"--site", "shed"}).status == 0);
    const TempFolder stick;
    back_up(site.folder(), stick / "shed.tar.gz");
    const auto before = likeness(site.folder());
    const auto whole = read_file(stick / "shed.tar.gz");
    write_file(stick / "half.tar.gz", whole.substr(0, whole.size() / 2), FileMode::secret);
    write_file(stick / "text.tar.gz", "not an archive", FileMode::secret);
    const std::vector<std::pair<fs::path, std::string>> mistakes{
        {stick / "nothing.tar.gz", "nothing.tar.gz: there is no such file"},
        {stick / "half.tar.gz", "half.tar.gz is damaged, or was not made by 'holdfast backup': "},
        {stick / "text.tar.gz", "text.tar.gz is damaged, or was not made by 'holdfast backup': "},
        {archive_of(stick / "out.tar.gz", "../outside", "x"), "holds '../outside'"},
        {archive_of(stick / "root.tar.gz", "/outside", "x"), "holds '/outside'"},
        {archive_of(stick / "other.tar.gz", "readme", "x"), "was not made by 'holdfast backup'"},
        {archive_of(stick / "newer.tar.gz", "holdfast-backup.json", R"({"version":99})"),
         "another version of Holdfast"},
        {archive_of(stick / "empty.tar.gz", "holdfast-backup.json", R"({"version":1})"),
         "holdfast.conf"}};
    for (const auto& [archive, words] : mistakes) {
        const auto outcome = restore(site, archive, {"--force"});
        CAPTURE(archive.string(), outcome.output);
        CHECK(outcome.status == 3);
        CHECK_THAT(outcome.output, ContainsSubstring(words));
        CHECK(likeness(site.folder()) == before);
    }
    CHECK_FALSE(fs::exists(site.folder().parent_path() / "outside"));
}

TEST_CASE("a backup does not write over another unless it is told to") {
    const InitFolder site;
    REQUIRE(site.init({"--site", "shed"}).status == 0);
    const TempFolder stick;
    write_file(stick / "old.tar.gz", "old", FileMode::secret);
    const auto backup = [&](std::vector<std::string> more) {
        std::vector<std::string> words{"backup", "--dir", site.folder().string()};
        words.insert(words.end(), more.begin(), more.end());
        return holdfast_command(std::move(words));
    };
    CHECK_THAT(backup({(stick / "old.tar.gz")}).output, ContainsSubstring("exists: another name"));
    CHECK(read_file(stick / "old.tar.gz") == "old");
    CHECK(backup({(stick / "old.tar.gz"), "--force"}).status == 0);
    CHECK(read_file(stick / "old.tar.gz") != "old");
    CHECK(backup({}).status == 2);
    CHECK_THAT(backup({"/nonexistent/folder/x.tar.gz"}).output,
               ContainsSubstring("/nonexistent/folder/x.tar.gz.unfinished: No such file"));
    CHECK(std::distance(fs::directory_iterator(stick.path()), {}) == 1); // nothing is left over
}

TEST_CASE("readings are backed up while the daemon runs and go on after a restore") {
    Appliance site;
    site.start();
    const TempFolder stick;
    back_up(site.folder(), stick / "site.tar.gz");
    const auto epoch = site.status()["spool"]["epoch"];
    const auto kept = readings(site, "wind");

    const std::vector<std::string> words{"restore", stick / "site.tar.gz", "--force", "--dir",
                                         site.folder().string()};
    const auto while_running = holdfast_command(words);
    CHECK(while_running.status == 3);
    CHECK_THAT(while_running.output, ContainsSubstring("systemctl stop holdfast-edge"));

    site.daemon().stop();
    for (const auto* const end : {"", "-wal", "-shm"}) {
        fs::remove(site.spool().string() + end);
    }
    const auto outcome = holdfast_command(words);
    INFO(outcome.output);
    REQUIRE(outcome.status == 0);
    const auto restored = readings(site, "wind");
    CHECK(restored > 1);
    CHECK(restored <= kept);
    site.start_daemon();
    CHECK(site.wait_for_status([&](const nlohmann::json& status) {
        return status.value("online", false) && status["spool"]["epoch"] != epoch &&
               status["uplink"]["receipts"] > 0;
    }));
    CHECK(readings(site, "wind") > restored);
    site.daemon().stop();
}
