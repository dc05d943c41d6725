#include "support/catch.hpp"
#include "watched.hpp"

using namespace holdfast;
using namespace holdfast::test;

TEST_CASE("a number is lifted out of the messages of a device and what was retained is not news") {
    boost::asio::io_context loop;
    const auto ports = std::make_shared<ports::Ports>(loop, Log::silent(), "/nonexistent");
    Watched watched(ports, "driver = mqtt\nlisten = devices/+/data\nmember = CO2\nevery = 10ms\n"
                           "max = 5000\npatience = 500ms\n");
    const std::string topic = "devices/a/data";
    ports->bus.deliver({topic, R"({"CO2":400})", true});
    CHECK(watched.readings.empty());
    ports->bus.deliver({topic, R"({"CO2":612})", false});
    REQUIRE(watched.readings.size() == 1);
    CHECK(watched.readings[0].value == 612);
    ports->bus.deliver({topic, R"({"CO2":60000})", false});
    ports->bus.deliver({topic, "x", false});
    CHECK(watched.sensor.status().rejected == 2);
    CHECK_THAT(watched.sensor.status().last_rejection, ContainsSubstring("devices/a/data: "));
    REQUIRE(run_until(loop, [&] { return watched.offline(); }));
    ports->bus.deliver({topic, R"({"CO2":613})", false});
    CHECK(watched.online());
}

TEST_CASE("a period that is set is in force at once however long the old one was") {
    boost::asio::io_context loop;
    Watched watched(loop, "driver = sim\nevery = 1h\nperiod = 2h\n");
    REQUIRE(run_until(loop, [&] { return watched.readings.size() == 1; }));
    watched.sensor.set_every(std::chrono::milliseconds(20));
    CHECK(run_until(loop, [&] { return watched.readings.size() > 5; }));
    CHECK(watched.sensor.every() == std::chrono::milliseconds(20));
}

TEST_CASE("many samples make one reading each period") {
    boost::asio::io_context loop;
    Watched watched(loop, "driver = sim\nsignal = constant\nvalue = 3\nevery = 200ms\nmean = yes\n"
                          "sample_every = 10ms\n");
    REQUIRE(run_until(loop, [&] { return watched.readings.size() == 3; }));
    CHECK(watched.readings[2].value == 3);
    CHECK(watched.sensor.status().accepted > 6);
}
