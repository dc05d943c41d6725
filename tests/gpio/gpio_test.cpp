// Sensors and outputs on a chip of the real kernel. It takes gpio-sim, which few kernels bring:
// `./test gpio` runs this in an emulated machine.
#include "edge/control/output.hpp"
#include "edge/ports/gpio.hpp"
#include "edge/safe_outputs.hpp"
#include "i2c_stub.hpp"
#include "integration/sensors/watched.hpp"
#include "sim_chip.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<ports::Ports> quiet_ports(boost::asio::io_context& loop,
                                          const std::filesystem::path& state = "/nonexistent") {
    return std::make_shared<ports::Ports>(loop, Log::silent(), state);
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

/// A process that holds lines at a high level until it is killed.
class Holder {
public:
    explicit Holder(const ports::GpioAddress& address) {
        std::array<int, 2> ends{};
        REQUIRE(::pipe(ends.data()) == 0);
        const UniqueFd ready(ends[0]);
        pid_ = ::fork();
        if (pid_ == 0) {
            const auto lines = ports::open_gpio_output(address, true);
            if (!lines || ::write(ends[1], "x", 1) != 1) {
                ::_exit(1);
            }
            for (;;) {
                ::pause();
            }
        }
        ::close(ends[1]);
        char byte = 0;
        REQUIRE(::read(ready.get(), &byte, 1) == 1);
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    ~Holder() { kill(); }

    void kill() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            pid_ = 0;
        }
    }

private:
    pid_t pid_ = 0;
};

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

TEST_CASE("an open contact is where its pull resistor has it") {
    NEEDS_GPIO_SIM();
    const SimChip chip({"A", "B"});
    boost::asio::io_context loop;
    Watched up(loop, "driver = gpio\nline = A\nbias = pull-up\nevery = 10ms\n");
    CHECK(comes(loop, up, 1));
    Watched down(loop, "driver = gpio\nline = B\nbias = pull-down\nevery = 10ms\n");
    CHECK(comes(loop, down, 0));
    CHECK(up.readings.back().value == 1);
}

TEST_CASE("a chip that the daemon may not open is an error that names the group") {
    NEEDS_GPIO_SIM();
    const SimChip chip({"DOOR"});
    REQUIRE(::seteuid(65534) == 0);
    std::string reason;
    try {
        ports::open_gpio_input({.chip = chip.name(), .lines = {"DOOR"}});
    } catch (const Error& error) {
        reason = error.what();
    }
    REQUIRE(::seteuid(0) == 0);
    CHECK_THAT(reason, ContainsSubstring(chip.name() + ": permission denied; its group"));
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

TEST_CASE("a rate is the pulses of a period by its length") {
    NEEDS_GPIO_SIM();
    const SimChip chip({"METER"});
    boost::asio::io_context loop;
    Watched meter(loop, "driver = gpio\nline = METER\nmeasure = rate\ndebounce = 0\n"
                        "every = 50ms\n");
    REQUIRE(comes(loop, meter, 0));
    constexpr int pulses = 10;
    for (int i = 0; i < pulses; ++i) {
        for (const bool level : {true, false}) {
            chip.drive(0, level);
            const auto seen = meter.readings.size();
            REQUIRE(run_until(loop, [&] { return meter.readings.size() >= seen + 2; }));
        }
    }
    double counted = 0;
    for (std::size_t i = 1; i < meter.readings.size(); ++i) {
        const std::chrono::duration<double> length =
            meter.readings[i].at - meter.readings[i - 1].at;
        counted += meter.readings[i].value * length.count();
    }
    CHECK(counted == Approx(pulses));
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

TEST_CASE("several lines are one number of the same moment") {
    NEEDS_GPIO_SIM();
    const SimChip chip({"D0", "D1", "D2"});
    chip.drive(0, true);
    chip.drive(2, true);
    boost::asio::io_context loop;
    Watched code(loop, "driver = gpio\nline = D0, D1, D2\nevery = 20ms\n");
    REQUIRE(comes(loop, code, 5));
    chip.drive(0, false);
    CHECK(comes(loop, code, 4));
    Watched turned(loop, "driver = gpio\nline = 7, 6\nactive_low = yes\nevery = 20ms\nchip = " +
                             chip.name() + "\n");
    chip.drive(6, true);
    CHECK(comes(loop, turned, 1));
}

TEST_CASE("several lines of an output are switched together and refused together") {
    NEEDS_GPIO_SIM();
    const SimChip chip({"LIVE", "NEUTRAL"});
    boost::asio::io_context loop;
    const auto ports = quiet_ports(loop);
    auto held = ports::open_gpio_input({.chip = "", .lines = {"NEUTRAL"}});
    control::Output output(*ports, relay("line = LIVE, NEUTRAL\n"), silent());
    output.start();
    CHECK_THAT(output.status(), ContainsSubstring("LIVE, NEUTRAL of /dev/") &&
                                    ContainsSubstring("is held by \"holdfast\""));
    output.order("on");
    held.reset();
    REQUIRE(run_until(loop, [&] { return output.status() == "online"; }));
    CHECK(chip.level(0));
    CHECK(chip.level(1));
    output.order("off");
    CHECK_FALSE(chip.level(0));
    CHECK_FALSE(chip.level(1));
}

TEST_CASE("a line that somebody holds is offline with the holder and used when it is free") {
    NEEDS_GPIO_SIM();
    const SimChip chip({"DOOR"});
    boost::asio::io_context loop;
    auto held = ports::open_gpio_output({.chip = "", .lines = {"DOOR"}}, false);
    Watched door(loop, "driver = gpio\nline = DOOR\nevery = 100ms\n");
    REQUIRE(run_until(loop, [&] { return door.offline(); }));
    CHECK_THAT(door.sensor.status().reason, ContainsSubstring("is held by \"holdfast\""));
    held.reset();
    CHECK(run_until(loop, [&] { return door.online(); }));
}

TEST_CASE("when its holder is killed an expander keeps the level and is made safe from outside") {
    if (!StubChip::possible()) {
        SKIP_TEST("this kernel has no i2c-stub: ./test gpio");
    }
    const StubChip expander(0x20);
    constexpr unsigned char output_port = 1; // PCA9554, registers
    expander.byte(output_port, 0);
    expander.bind("pca9554");
    const auto settings = config::parse_settings("[site]\nname = farm\n[output relay]\n"
                                                 "driver = gpio\nchip = gpiochip0\nline = 3\n",
                                                 "/etc/holdfast.conf");
    Holder holder({.chip = "gpiochip0", .lines = {"3"}});
    CHECK(expander.byte(output_port) == 1 << 3);
    const auto quiet = Log::silent();
    const auto failures = edge::make_outputs_safe(settings, quiet, 10ms);
    REQUIRE(failures.size() == 1);
    CHECK_THAT(failures.front(), ContainsSubstring("relay: ") && ContainsSubstring("is held by"));
    holder.kill();
    CHECK(expander.byte(output_port) == 1 << 3);
    CHECK(edge::make_outputs_safe(settings, quiet, 10s).empty());
    CHECK(expander.byte(output_port) == 0);
}

TEST_CASE("when its holder is killed a chip that turns lines back into inputs falls to its pull") {
    NEEDS_GPIO_SIM();
    const SimChip chip({"RELAY"});
    Holder holder({.chip = "", .lines = {"RELAY"}});
    CHECK(chip.level(0));
    holder.kill();
    CHECK_FALSE(chip.level(0));
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
    CHECK_THROWS_WITH(ports::open_gpio_input({.chip = chip.name(), .lines = {"WINDOW"}}),
                      ContainsSubstring("has no line \"WINDOW\""));
    CHECK_THROWS_WITH(ports::open_gpio_input({.chip = chip.name(), .lines = {"8"}}),
                      ContainsSubstring("has lines 0 to 7, and 8 is meant"));
}
