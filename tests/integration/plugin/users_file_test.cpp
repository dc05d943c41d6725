// The users file in the hands of Mosquitto itself and of mosquitto_passwd.
#include "core/atomic_file.hpp"
#include "plugin_broker.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

Users alice_and_a_disabled_bob() {
    Users users;
    users.set("alice", PasswordHash::make("apple")); // with as many iterations as `holdfast user`
    users.set("bob", PasswordHash::make("banana", 10));
    users.disable("bob");
    return users;
}

} // namespace

TEST_CASE("a stock broker knows our hashes and takes a disabled user for a comment") {
    const TempFolder folder;
    write_file(folder / "users", alice_and_a_disabled_bob().str(), FileMode::group);
    const Broker broker(fmt::format("password_file {}\n", (folder / "users").string()));
    const auto connack = [&](const std::string& user, const std::string& password) {
        MqttClient::Options options;
        options.username = user;
        options.password = password;
        return MqttClient(broker.port(), options).connect();
    };
    CHECK(connack("alice", "apple") == 0);
    CHECK(connack("alice", "banana") == 5);
    CHECK(connack("bob", "banana") == 5);
    CHECK(connack("#disabled bob", "banana") == 5);
}

TEST_CASE("mosquitto_passwd adds and changes users and leaves a disabled one alone") {
    const TempFolder folder;
    write_file(folder / "users", alice_and_a_disabled_bob().str(), FileMode::group);
    for (const std::string user : {"alice", "carol"}) {
        Program passwd("mosquitto_passwd", {{find_program("mosquitto_passwd"), "-b",
                                             (folder / "users").string(), user, "pear"},
                                            folder / "log"});
        passwd.start();
        REQUIRE(passwd.exit_status(60s) == 0);
    }
    const auto users = Users::parse(read_file(folder / "users"), "users");
    REQUIRE(users.find("alice") != nullptr);
    CHECK(users.find("alice")->matches("pear"));
    REQUIRE(users.find("carol") != nullptr);
    CHECK(users.find("carol")->matches("pear"));
    REQUIRE(users.is_disabled("bob"));
    CHECK(users.disabled().at("bob").matches("banana"));
}
