// docs/consumers.md and its examples, on an appliance that was made by its commands.
#include "guide_reader.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/program.hpp"

#include <fmt/format.h>

#include <csignal>
#include <fstream>

using namespace holdfast;
using namespace holdfast::test;

TEST_CASE("the examples for other programs log in and read what is measured") {
    Reader reader;
    reader.begin();
    reader.start_services();
    for (const auto& step : blocks("../consumers", "sh")) {
        if (step.find("readings.py") == std::string::npos) { // has a test with a cloud
            reader.type_block(step);
        }
    }
    std::ofstream(reader.site().config(), std::ios::app)
        << "[sensor room]\ndriver = file\npath = /proc/uptime\nfield = 1\nevery = 1s\n";
    reader.daemon().signal(SIGHUP);
    REQUIRE(reader.daemon().wait_for_log("sensor online sensor=room"));
    REQUIRE(reader.broker().wait_for_log("users and policy reloaded users=5"));

    const TempFolder folder;
    for (const auto* const file : {"telegraf.conf", "node-red-flow.json", "home-assistant.yaml"}) {
        CAPTURE(file);
        Program consumer(
            file, {{"/usr/bin/python3", HOLDFAST_CONSUMER,
                    fmt::format("{}/{}", HOLDFAST_EXAMPLES, file), std::to_string(reader.port()),
                    (reader.site().folder() / "certs/ca.crt").string(), "a long password"},
                   folder / "output"});
        CHECK(eventually(
            [&] {
                consumer.start();
                return consumer.exit_status(std::chrono::seconds(60)) == 0;
            },
            std::chrono::seconds(60)));
    }
}
