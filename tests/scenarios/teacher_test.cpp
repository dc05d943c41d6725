// The teacher with thirty Pis: every one on its own, the course's commands as they are, and users
// that a person writes into a file.

#include "commands.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "integration/sensors/pseudo_terminal.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/eventually.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

/// As people read it: 2026-11-21T08:00:00.
bool begins_with_time(std::string_view line) {
    const std::string_view shape = "0000-00-00T00:00:00: ";
    return line.size() > shape.size() &&
           std::equal(shape.begin(), shape.end(), line.begin(), [](char wanted, char c) {
               return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
           });
}

int login(const Appliance& appliance, const std::string& user, const std::string& password) {
    return appliance.client(user, {.password = password}).connect();
}

bool arrives(PseudoTerminal& board, const std::string& text) {
    std::string received;
    return eventually(
        [&] {
            received += board.receive();
            return received == text;
        },
        30s);
}

} // namespace

TEST_CASE("two appliances share no key and do not trust each other's authority") {
    Appliance one;
    const Appliance other;
    for (const auto* const file : {"certs/ca.crt", "certs/ca.key", "certs/server.crt",
                                   "certs/server.key", "edge.password", "users"}) {
        CAPTURE(file);
        CHECK(read_file(one.folder() / file) != read_file(other.folder() / file));
    }
    one.start_cloud();
    one.start_broker();
    CHECK(one.client("viewer").connect() == 0);
    auto mistaken = one.client("viewer", {.ca_file = other.folder() / "certs/ca.crt"});
    CHECK_THROWS_AS(mistaken.connect(), Error);
}

TEST_CASE("the course's own commands work and the log has times that people read") {
    Appliance appliance;
    appliance.start_cloud();
    appliance.start_broker();
    const auto write = type(course_line(appliance, "mosquitto_pub", "thing",
                                        "-t devices/hello -m 'good morning' -q 1 -r"));
    CHECK(write.status == 0);
    const auto read =
        type(course_line(appliance, "mosquitto_sub", "viewer", "-t 'devices/#' -C 1 -W 60"));
    CHECK(read.status == 0);
    CHECK_THAT(read.output, ContainsSubstring("good morning\n"));
    const auto log = appliance.broker().log();
    const auto lines = split(log, '\n');
    CHECK(std::any_of(lines.begin(), lines.end(), begins_with_time));
}

TEST_CASE("a plaintext password is refused by name and works when it is hashed") {
    Appliance appliance;
    appliance.start_cloud();
    appliance.start_broker();
    CHECK(login(appliance, "thing", "sacred") == 5);
    CHECK(appliance.on_site().wait_for(says("holdfast/audit/login", R"("user":"thing")")));

    const auto users = appliance.folder() / "users";
    write_file(users, read_file(users) + "pupil:secret\n", FileMode::group);
    REQUIRE(appliance.broker().wait_for_log("'pupil' has a plaintext password"));
    CHECK(login(appliance, "pupil", "secret") == 5);
    CHECK(appliance.client("thing").connect() == 0);

    const auto hashed = type_holdfast(appliance, "user passwd pupil", "secret");
    CAPTURE(hashed.output);
    REQUIRE(hashed.status == 0);
    CHECK(eventually([&] { return login(appliance, "pupil", "secret") == 0; }, 30s));
    CHECK(login(appliance, "pupil", "sacred") == 5);
    CHECK(appliance.client("thing").connect() == 0);
}

TEST_CASE("one character lights a lamp and an order without rights is denied aloud") {
    PseudoTerminal board;
    Appliance appliance({.sections = fmt::format("[output leds]\ndriver = serial\ndevice = {}\n"
                                                 "line_end = none\nsettle = 0\n",
                                                 board.device())});
    appliance.start_cloud();
    appliance.start_broker();
    appliance.start_daemon();
    auto& site = appliance.on_site();
    REQUIRE(site.wait_for(is("holdfast/output/leds/status", "online")));
    appliance.publish("outputs/leds", {"3"});
    CHECK(arrives(board, "3"));
    CHECK(site.wait_for(is("outputs/leds/state", "3")));

    auto viewer = appliance.client("viewer", {.version = MqttClient::Version::v5});
    REQUIRE(viewer.connect() == 0);
    CHECK(viewer.publish("outputs/leds", "4", 1) == 0x87);
    CHECK(site.wait_for([](const mqtt::Delivery& delivery) {
        if (delivery.topic != "holdfast/audit/denied") {
            return false;
        }
        const auto denial = nlohmann::json::parse(delivery.payload);
        return denial.value("user", "") == "viewer" && denial.value("topic", "") == "outputs/leds";
    }));
    CHECK(site.last("outputs/leds/state") == "3");
    appliance.daemon().stop();
}

TEST_CASE("after a restart of the broker retained and queued messages are there") {
    Appliance appliance;
    appliance.start_cloud();
    appliance.start_broker();
    const auto reader = [&] {
        return appliance.client("viewer", {.client_id = "pupil", .clean_session = false});
    };
    {
        auto before = reader();
        REQUIRE(before.connect() == 0);
        REQUIRE(before.subscribe("devices/#", 1) == 1);
        before.disconnect();
    }
    {
        auto thing = appliance.client("thing");
        REQUIRE(thing.connect() == 0);
        REQUIRE(thing.publish("devices/last", "42", 1, true) == 0);
        REQUIRE(thing.publish("devices/queued", "43", 1) == 0);
    }
    appliance.broker().stop();
    appliance.start_broker(); // and those who listen come back
    auto after = reader();
    REQUIRE(after.connect() == 0);
    CHECK(after.session_present());
    for (const std::string payload : {"42", "43"}) {
        const auto message = after.receive(30s);
        REQUIRE(message);
        CHECK(message->payload == payload);
    }
    auto newcomer = appliance.client("viewer");
    REQUIRE(newcomer.connect() == 0);
    REQUIRE(newcomer.subscribe("devices/last", 1) == 1);
    const auto retained = newcomer.receive(30s);
    REQUIRE(retained);
    CHECK(retained->retain);
    CHECK(retained->payload == "42");
}

TEST_CASE("the last will of a client that is killed arrives") {
    Appliance appliance;
    appliance.start_cloud();
    appliance.start_broker();
    const TempFolder folder;
    const auto line = course_line(appliance, "mosquitto_sub", "thing",
                                  "-i doomed -t devices/thing --will-topic devices/will "
                                  "--will-payload gone --will-qos 1");
    Program client("mosquitto_sub", {{"/bin/sh", "-c", line}, folder / "log"});
    client.start();
    REQUIRE(appliance.broker().wait_for_log(" as doomed "));
    client.kill();
    CHECK(appliance.on_site().wait_for(is("devices/will", "gone")));
}
