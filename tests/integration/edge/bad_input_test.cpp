// Files that are missing, empty or malformed: one clear error that names the file and what to do,
// exit code 3, and nothing is lost or changed.

#include "core/atomic_file.hpp"
#include "edge/spool/spool.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

struct Row {
    std::string file;                 ///< below the appliance's folder
    std::string content;              ///< "-" removes it
    std::vector<std::string> message; ///< what the error must contain, beside the path
};

void put(const fs::path& path, const std::string& content) {
    if (content == "-") {
        fs::remove(path);
    } else {
        std::ofstream(path) << content;
    }
}

std::string garbage() {
    return "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
}

/// The daemon says one thing, and ends with 3.
void check_refusal(Appliance& appliance, const std::string& path,
                   const std::vector<std::string>& message) {
    const auto before = appliance.daemon().log().size();
    appliance.daemon().start();
    CHECK(appliance.daemon().exit_status(20s) == 3);
    const auto said = appliance.daemon().log().substr(before);
    INFO(said);
    CHECK(said.find(path) != std::string::npos);
    CHECK(said.find("holdfast-edge: ") != std::string::npos);
    CHECK(said.find('\n', said.find("holdfast-edge: ")) == said.size() - 1);
    for (const auto& part : message) {
        CHECK_THAT(said, ContainsSubstring(part));
    }
    appliance.daemon().kill();
}

/// The broker does not come up, and says which file.
void check_broker_refusal(Appliance& appliance, const std::string& path,
                          const std::vector<std::string>& message) {
    const auto before = appliance.broker().log().size();
    appliance.broker().start();
    const auto ended = appliance.broker().exit_status(20s);
    const auto said = appliance.broker().log().substr(before);
    INFO(said);
    CHECK(ended.value_or(0) != 0);
    CHECK(said.find(path) != std::string::npos);
    for (const auto& part : message) {
        CHECK_THAT(said, ContainsSubstring(part));
    }
    appliance.broker().kill();
}

} // namespace

TEST_CASE("the daemon refuses bad files with one clear error") {
    Appliance appliance;
    const std::vector<Row> rows{
        {"holdfast.conf", "-", {"there is no"}},
        {"holdfast.conf", "", {"is empty", "holdfast init"}},
        {"holdfast.conf", "[site]\nname\n", {":2: "}},
        {"holdfast.conf", "[site]\nname = a/b\n", {":2: "}},
        {"holdfast.conf", "[sitte]\nname = x\n", {":1: ", "did you mean [site]?"}},
        {"holdfast.conf", std::string("\x00\x01\xff\n", 4), {":1: "}},
        {"edge.password", "-", {"holdfast init"}},
        {"edge.password", "", {"password", "holdfast init --force"}},
        {"certs/ca.crt", "-", {"certs/ca.crt"}},
        {"certs/ca.crt", "", {"empty"}},
        {"certs/ca.crt", garbage(), {":1: "}},
        {"state/spool.db",
         "this is no database, but it is long enough to have a header: "
         "................................................................",
         {"not a Holdfast spool", "move the file away"}},
    };
    for (const auto& row : rows) {
        const auto path = appliance.folder() / row.file;
        const bool existed = fs::exists(path);
        const auto good = existed ? read_file(path) : std::string();
        put(path, row.content);
        INFO(row.file << " holds '" << row.content << "'");
        check_refusal(appliance, path.string(), row.message);
        if (row.content != "-") {
            CHECK(read_file(path) == row.content);
        }
        fs::remove(path);
        if (existed) {
            std::ofstream(path) << good;
        }
    }
    appliance.start_cloud();
    appliance.start_broker();
    appliance.start_daemon();
    CHECK(appliance.wait_for_link(true));
    appliance.daemon().stop();
}

TEST_CASE("the daemon refuses a file that it may not read") {
    if (::geteuid() == 0) {
        WARN("skipped: root may read everything; run as another user to check permissions");
        return;
    }
    Appliance appliance;
    for (const auto* file : {"holdfast.conf", "edge.password", "certs/ca.crt"}) {
        const auto path = appliance.folder() / file;
        fs::permissions(path, fs::perms::none);
        check_refusal(appliance, path.string(), {"Permission denied"});
        fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    }
}

TEST_CASE("the daemon refuses a spool that is a folder and one of a newer version") {
    Appliance appliance;
    fs::create_directories(appliance.spool());
    check_refusal(appliance, appliance.spool().string(), {});
    fs::remove(appliance.spool());

    appliance.start_broker();
    appliance.start_daemon();
    REQUIRE(appliance.wait_for_status(
        [](const nlohmann::json& status) { return status.value("committed", 0) > 10; }));
    appliance.daemon().stop();
    auto bytes = read_file(appliance.spool());
    const auto good = bytes;
    bytes.at(60) = 1; // the first byte of SQLite's user_version
    std::ofstream(appliance.spool(), std::ios::binary) << bytes;
    check_refusal(appliance, appliance.spool().string(), {"newer Holdfast", "upgrade"});
    CHECK(read_file(appliance.spool()) == bytes);

    std::ofstream(appliance.spool(), std::ios::binary) << good;
    const spool::Spool spool(appliance.spool(), {.boot_id = boot_id()}, Log::silent());
    CHECK(spool.last() > 0);
}

TEST_CASE("a second daemon on the same spool is refused and the first goes on") {
    Appliance appliance;
    appliance.start_broker();
    appliance.start_daemon();
    Program second("second daemon", {{HOLDFAST_EDGE, "--config", appliance.config_file().string()},
                                     appliance.folder() / "second.log"});
    second.start();
    CHECK(second.exit_status(20s) == 3);
    CHECK_THAT(second.log(), ContainsSubstring(appliance.spool().string()));
    CHECK(appliance.daemon().running());
    appliance.daemon().stop();
}

TEST_CASE("the local broker does not start without its users and policy and certificates") {
    Appliance appliance;
    const std::vector<Row> rows{
        {"users", "-", {"users"}},     {"users", "alice:secret\n", {":1: ", "alice"}},
        {"policy", "-", {"policy"}},   {"policy", "user bob\ntopik read #\n", {":2: "}},
        {"certs/server.crt", "-", {}}, {"certs/server.crt", garbage(), {}},
        {"certs/server.key", "-", {}}, {"certs/server.key", "", {}},
    };
    for (const auto& row : rows) {
        const auto path = appliance.folder() / row.file;
        const auto good = read_file(path);
        put(path, row.content);
        INFO(row.file << " holds '" << row.content << "'");
        check_broker_refusal(appliance, path.string(), row.message);
        fs::remove(path);
        std::ofstream(path) << good;
    }
    appliance.start_broker();
}

TEST_CASE("a broker whose port is in use says so and the daemon waits for it") {
    Appliance appliance;
    // Mosquitto 2.0.11 may abort at its end when its bridge has just failed to connect.
    appliance.start_cloud();
    appliance.start_broker();
    const auto config = appliance.folder() / "second.conf";
    std::ofstream(config) << "listener " << appliance.local_port() << " 127.0.0.1\n";
    Program second("second broker", {{find_program("mosquitto").string(), "-c", config.string()},
                                     appliance.folder() / "second.log"});
    second.start();
    CHECK(second.exit_status(20s).value_or(0) != 0);
    CHECK_THAT(second.log(), ContainsSubstring("Address already in use"));

    appliance.broker().stop();
    appliance.start_daemon();
    CHECK(appliance.daemon().wait_for_log("mqtt disconnected"));
    appliance.start_broker();
    CHECK(appliance.wait_for_status([](const nlohmann::json& status) {
        return status.value("online", false) && status["committed"] > 0;
    }));
    appliance.daemon().stop();
}
