#include "certs/check.hpp"
#include "cli/cert/certificate_check.hpp"
#include "cli/setup/set_up.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "plugin/users.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>
#include <set>

using namespace holdfast;
using namespace holdfast::cli;

namespace fs = std::filesystem;

namespace {

ApplianceSpec spec(const test::TempFolder& folder, const std::string& config) {
    return {.paths = {folder / "etc", folder / "state", "/plugin.so", "mosquitto"},
            .config = config,
            .host_names = {"garden.example"},
            .policy = "user owner\ntopic read #\n",
            .users = {"owner"}};
}

// The spool has its place in the folder too: nothing of a test is left on the machine.
const std::string garden = "[site]\nname = garden\n[spool]\npath = spool.db\n";

fs::perms mode(const fs::path& path) {
    return fs::status(path).permissions();
}

} // namespace

TEST_CASE("a new appliance has all it needs and keeps its secrets") {
    const test::TempFolder folder;
    const auto users = set_up_appliance(spec(folder, garden));
    REQUIRE(users.size() == 1);
    CHECK(users[0].name == "owner");
    CHECK(users[0].password.size() == 20);

    const auto etc = folder / "etc";
    CHECK(read_file(etc / "holdfast.conf") == garden);
    CHECK_THAT(read_file(etc / "policy"), ContainsSubstring("topic write $CONTROL/holdfast/v1\n"));
    CHECK_THAT(read_file(etc / "policy"), ContainsSubstring("\nuser owner\ntopic read #\n"));
    CHECK(read_file(etc / "users").find(users[0].password) == std::string::npos);
    CHECK(mode(etc / "edge.password") == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK((mode(etc / "certs/server.key") & fs::perms::others_all) == fs::perms::none);
    CHECK(certs::check_pair(etc / "certs/server.crt", etc / "certs/server.key").empty());
    for (const auto* name : {"localhost", "127.0.0.1", "garden.example"}) {
        CHECK(certs::check_chain(etc / "certs/server.crt", etc / "certs/ca.crt",
                                 certs::Purpose::server, name, std::chrono::system_clock::now())
                  .empty());
    }
    CHECK_FALSE(fs::exists(etc / "generated/conf.d/bridge.conf"));
}

TEST_CASE("an appliance that is there already is left alone") {
    const test::TempFolder folder;
    set_up_appliance(spec(folder, garden));
    const auto users = read_file(folder / "etc/users");
    CHECK_THROWS_WITH(set_up_appliance(spec(folder, garden)), ContainsSubstring("--force"));
    CHECK(read_file(folder / "etc/users") == users);
}

TEST_CASE("a bad configuration is refused before anything is written") {
    const test::TempFolder folder;
    CHECK_THROWS_AS(set_up_appliance(spec(folder, "[site]\nnam = x\n")), InputError);
    CHECK_FALSE(fs::exists(folder / "etc"));
}

TEST_CASE("passwords are long and differ and have no lookalikes") {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const auto password = random_password();
        CHECK(password.size() == 20);
        CHECK(password.find_first_of("01lo") == std::string::npos);
        seen.insert(password);
    }
    CHECK(seen.size() == 100);
}

TEST_CASE("certificates that a broker could not start with are named before it tries") {
    const test::TempFolder folder;
    set_up_appliance(spec(folder, garden));
    const auto etc = folder / "etc";
    const auto key = etc / "certs/server.key";
    const auto good = read_file(key);
    const auto local = config::load_settings(etc / "holdfast.conf");
    CHECK(certificate_problems(local, etc).empty());

    for (const auto* content : {"", "nonsense"}) {
        write_file(key, content, FileMode::secret);
        CHECK_THROWS_WITH(certificate_problems(local, etc), ContainsSubstring(key.string() + ": "));
    }
    fs::remove(key);
    CHECK_THROWS_WITH(certificate_problems(local, etc), ContainsSubstring(key.string() + ": "));
    write_file(key, read_file(etc / "certs/ca.key"), FileMode::secret);
    CHECK(certificate_problems(local, etc).size() == 1);
    write_file(key, good, FileMode::secret);

    write_file(etc / "holdfast.conf", garden + "[cloud]\naddress = cloud.example\n",
               FileMode::public_);
    const auto cloud = config::load_settings(etc / "holdfast.conf");
    CHECK_THROWS_WITH(certificate_problems(cloud, etc), ContainsSubstring("certs/cloud-ca.crt: "));
}
