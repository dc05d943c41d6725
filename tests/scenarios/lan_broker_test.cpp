// The LAN broker with its client class: nobody without a name, users that come and go while it
// runs, and readings that any client reads as plain numbers. What the container adds is not tested
// here.

#include "commands.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/eventually.hpp"

#include <cmath>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

bool is_refusal(const mqtt::Delivery& delivery) {
    return delivery.topic == "holdfast/audit/reload" &&
           delivery.payload.find(R"("accepted":false)") != std::string::npos;
}

} // namespace

TEST_CASE("nobody comes in without a name and a new user does at once until removed") {
    Appliance appliance;
    appliance.start_cloud();
    appliance.start_broker();
    CHECK(appliance.client("").connect() == 5);
    CHECK(appliance.broker().wait_for_log("'holdfast user add NAME' makes a user"));

    const auto login = [&] { return appliance.client("demo", {.password = "plum"}).connect(); };
    const auto added = type_holdfast(appliance, "user add demo", "plum");
    CAPTURE(added.output);
    REQUIRE(added.status == 0);
    REQUIRE(eventually([&] { return login() == 0; }, 30s));
    auto demo = appliance.client("demo", {.password = "plum"});
    auto thing = appliance.client("thing");
    REQUIRE(demo.connect() == 0);
    REQUIRE(thing.connect() == 0);

    REQUIRE(type_holdfast(appliance, "user remove demo").status == 0);
    CHECK(demo.ends_within(30s));
    CHECK(login() == 5);
    CHECK(thing.publish("devices/x", "1", 1) == 0);
    CHECK(thing.connected());
}

TEST_CASE("a users file that is damaged or cannot be read is refused and existing users go on") {
    Appliance appliance;
    appliance.start_cloud();
    appliance.start_broker();
    const auto users = appliance.folder() / "users";
    const auto good = read_file(users);
    auto from = appliance.on_site().count();
    write_file(users, good.substr(0, good.size() / 2) + "\x01\x02", FileMode::group);
    CHECK(appliance.on_site().wait_for(is_refusal, from));
    CHECK(appliance.client("thing").connect() == 0);

    from = appliance.on_site().count();
    std::filesystem::remove(users);
    std::filesystem::create_directory(users); // for root, too, nothing that can be read
    CHECK(appliance.on_site().wait_for(is_refusal, from));
    CHECK(appliance.client("thing").connect() == 0);

    std::filesystem::remove(users);
    write_file(users, good, FileMode::group);
    CHECK(appliance.client("thing").connect() == 0);
}

TEST_CASE("a client that knows the authority alone reads a plain number by every name") {
    Appliance appliance(
        {.sections = "[sensor temp]\ndriver = sim\nevery = 200ms\nformat = scalar\n"});
    appliance.start_cloud();
    appliance.start_broker();
    appliance.start_daemon();
    for (const std::string host : {"localhost", "127.0.0.1"}) {
        CAPTURE(host);
        auto reader = appliance.client("viewer", {.host = host});
        REQUIRE(reader.connect() == 0);
        REQUIRE(reader.subscribe("sensors/temp", 1) == 1);
        const auto message = reader.receive(30s);
        REQUIRE(message);
        CAPTURE(message->payload);
        std::size_t read = 0;
        CHECK(std::isfinite(std::stod(message->payload, &read)));
        CHECK(read == message->payload.size());
    }
    appliance.daemon().stop();
}
