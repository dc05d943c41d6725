// Sensors and outputs on a chip of the real kernel. It takes gpio-sim, which few kernels bring:
// `./test gpio` runs this in an emulated machine.
#include "edge/control/output.hpp"
#include "edge/ports/gpio.hpp"
#include "integration/sensors/watched.hpp"
#include "sim_chip.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<ports::Ports> quiet_ports(boost::asio::io_context& loop,
                                          const std::filesystem::path& state = "/nonexistent") {
    return std::make_shared<ports::Ports>(loop, Log([](Log::Level, const std::string&) {}), state);
}

bool comes(boost::asio::io_context& loop, const Watched& watched, double value,
           std::size_t from = 0) {
    return run_until(loop, [&] {
        for (auto i = from; i < watched.readings.size(); ++i) {
            if (watched.readings[i].value == value) {
                return true;
            }
        }
        return false;
    });
}

config::OutputSettings relay(const std::string& keys) {
    return config::parse_settings("[site]\nname = farm\n[output relay]\ndriver = gpio\n" + keys,
                                  "/etc/holdfast.conf")
        .outputs.at(0);
}

control::Output::Handlers silent() {
    return {.answer = [](const std::string&, const std::string&) {},
            .changed = [](const control::Output&) {},
            .status = [](const control::Output&) {}};
}

} // namespace

#define NEEDS_GPIO_SIM()                                                                           \
    if (!SimChip::possible()) {                                                                    \
        SKIP_TEST("this kernel has no gpio-sim: ./test gpio");                                     \
    }

TEST_CASE("a contact is read by name and each change is dated by the kernel") {
    NEEDS_GPIO_SIM();
    const SimChip chip({"DOOR"});
    boost::asio::io_context loop;
    Watched door(loop, "driver = gpio\nline = DOOR\ndebounce = 5ms\nevery = 1min\n");
    REQUIRE(comes(loop, door, 0));
    const auto before = boot_now();
    chip.drive(0, true);
    REQUIRE(comes(loop, door, 1));
    CHECK(door.readings.back().at >= before);
    CHECK(door.readings.back().at <= boot_now());
    const auto from = door.readings.size();
    chip.drive(0, false);
    CHECK(comes(loop, door, 0, from));
    CHECK(door.online());
}

TEST_CASE("an active low line by number is the other way round") {
    NEEDS_GPIO_SIM();
    const SimChip chip({});
    chip.drive(3, true);
    boost::asio::io_context loop;
    Watched button(loop, "driver = gpio\nline = 3\nactive_low = yes\nevery = 1min\nchip = " +
                             chip.name() + "\n");
    REQUIRE(comes(loop, button, 0));
    chip.drive(3, false);
    CHECK(comes(loop, button, 1));
}

TEST_CASE("every pulse counts and the total goes on after a restart") {
    NEEDS_GPIO_SIM();
    const TempFolder state;
    const SimChip chip({"METER"});
    const std::string section =
        "driver = gpio\nline = METER\nmeasure = total\ndebounce = 0\nevery = 20ms\n";
    for (const double total : {25.0, 50.0}) {
        boost::asio::io_context loop;
        Watched meter(quiet_ports(loop, state.path()), section);
        REQUIRE(comes(loop, meter, total - 25));
        for (int i = 0; i < 25; ++i) {
            // Of both edges the kernel tells by the level that it finds a moment later: a pulse
            // must last until that has been.
            for (const bool level : {true, false}) {
                chip.drive(0, level);
                const auto seen = meter.readings.size();
                REQUIRE(run_until(loop, [&] { return meter.readings.size() >= seen + 2; }));
            }
        }
        CHECK(comes(loop, meter, total));
    }
}

TEST_CASE("an output is safe from the start follows orders and is safe at the end") {
    NEEDS_GPIO_SIM();
    const SimChip chip({"RELAY"});
    boost::asio::io_context loop;
    const auto ports = quiet_ports(loop);
    control::Output output(*ports, relay("line = RELAY\nsafe = on\n"), silent());
    output.start();
    REQUIRE(output.status() == "online");
    CHECK(chip.level(0));
    output.order("off");
    CHECK_FALSE(chip.level(0));
    output.order("toggle");
    CHECK(chip.level(0));
    output.order("pulse 50ms");
    CHECK(run_until(loop, [&] { return !chip.level(0); }));
    output.stop();
    CHECK(chip.level(0));
}

TEST_CASE("a line that somebody holds is offline with the holder and used when it is free") {
    NEEDS_GPIO_SIM();
    const SimChip chip({"DOOR"});
    boost::asio::io_context loop;
    auto held = ports::open_gpio_output({.chip = "", .line = "DOOR"}, false);
    Watched door(loop, "driver = gpio\nline = DOOR\nevery = 100ms\n");
    REQUIRE(run_until(loop, [&] { return door.offline(); }));
    CHECK_THAT(door.sensor.status().reason, ContainsSubstring("is held by \"holdfast\""));
    held.reset();
    CHECK(run_until(loop, [&] { return door.online(); }));
}

TEST_CASE("a chip that goes is offline and its lines are used again when it is back") {
    NEEDS_GPIO_SIM();
    std::optional<SimChip> chip(std::in_place, std::vector<std::string>{"DOOR"});
    boost::asio::io_context loop;
    Watched door(loop, "driver = gpio\nline = DOOR\nevery = 50ms\n");
    REQUIRE(run_until(loop, [&] { return door.online(); }));
    chip.reset();
    REQUIRE(run_until(loop, [&] { return door.offline(); }));
    chip.emplace(std::vector<std::string>{"DOOR"});
    CHECK(run_until(loop, [&] { return door.online(); }));
}

TEST_CASE("a line that is not there is named") {
    NEEDS_GPIO_SIM();
    const SimChip chip({"DOOR"});
    CHECK_THROWS_WITH(ports::open_gpio_input({.chip = chip.name(), .line = "WINDOW"}),
                      ContainsSubstring("has no line \"WINDOW\""));
    CHECK_THROWS_WITH(ports::open_gpio_input({.chip = chip.name(), .line = "8"}),
                      ContainsSubstring("has lines 0 to 7, and 8 is meant"));
}
