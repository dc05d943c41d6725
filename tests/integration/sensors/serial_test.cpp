#include "pseudo_terminal.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "watched.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

/// Whether the kernel lowers DTR when the port is closed.
bool hangs_up(const std::string& device) {
    const UniqueFd port(::open(device.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    termios settings{};
    REQUIRE(::tcgetattr(port.get(), &settings) == 0);
    return (settings.c_cflag & HUPCL) != 0;
}

const std::string fast = "\nevery = 10ms\ndeadband = 0\n";

/// Sends a line whenever the sensor has not answered yet: the first after opening is dropped.
bool reads(boost::asio::io_context& loop, Watched& watched, PseudoTerminal& port,
           const std::string& line) {
    const auto before = watched.readings.size();
    return run_until(loop, [&] {
        port.send(line);
        return watched.readings.size() > before;
    });
}

} // namespace

TEST_CASE("the half line at the beginning is dropped and CR LF lines are read") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    Watched watched(loop, "driver = serial\ndevice = " + port.device() + fast);
    port.send("99.5\r\n21.37\r\n");
    REQUIRE(run_until(loop, [&] { return !watched.readings.empty(); }));
    CHECK(watched.readings.front().value == 21.37);
    CHECK(watched.online());
    CHECK(watched.sensor.status().rejected == 0);
}

TEST_CASE("garbage is rejected and counted and good lines go on") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    Watched watched(loop, "driver = serial\ndevice = " + port.device() + fast);
    port.send(std::string("x\nnan\n\xff\xfe\n21\0.5\n", 15));
    REQUIRE(run_until(loop, [&] { return watched.sensor.status().rejected == 3; }));
    CHECK(watched.readings.empty());
    REQUIRE(reads(loop, watched, port, "T,23.10\n"));
    CHECK(watched.readings.front().value == 23.1);
    CHECK(watched.sensor.status().rejected == 3);
}

TEST_CASE("a megabyte without a line end is one rejection") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    Watched watched(loop, "driver = serial\ndevice = " + port.device() + fast);
    const std::string chunk(1024, 'x');
    std::size_t sent = 0;
    REQUIRE(run_until(loop, [&] {
        sent += port.send(chunk);
        return sent >= 1024 * 1024;
    }));
    REQUIRE(run_until(loop, [&] { return port.send("\n") == 1; }));
    REQUIRE(reads(loop, watched, port, "21.5\n"));
    CHECK(watched.readings.front().value == 21.5);
    CHECK(watched.sensor.status().rejected == 1);
}

TEST_CASE("an unplugged port is offline with the reason and read again when it is back") {
    boost::asio::io_context loop;
    const TempFolder folder;
    const auto link = folder / "arduino";
    PseudoTerminal first;
    std::filesystem::create_symlink(first.device(), link);
    Watched watched(loop, "driver = serial\ndevice = " + link.string() + fast);
    REQUIRE(reads(loop, watched, first, "1\n"));

    std::filesystem::remove(link);
    first.unplug();
    REQUIRE(run_until(loop, [&] { return watched.offline(); }));
    CHECK_THAT(watched.sensor.status().reason, ContainsSubstring("unplugged"));

    PseudoTerminal second;
    std::filesystem::create_symlink(second.device(), link);
    watched.readings.clear();
    REQUIRE(reads(loop, watched, second, "2\n"));
    CHECK(watched.readings.front().value == 2);
    CHECK(watched.online());
}

TEST_CASE("a missing port is offline from the start and opened when it appears") {
    boost::asio::io_context loop;
    const TempFolder folder;
    const auto link = folder / "arduino";
    Watched watched(loop, "driver = serial\ndevice = " + link.string() + fast);
    REQUIRE(watched.offline());
    CHECK_THAT(watched.sensor.status().reason, ContainsSubstring("not there"));
    PseudoTerminal port;
    std::filesystem::create_symlink(port.device(), link);
    REQUIRE(reads(loop, watched, port, "3\n"));
}

TEST_CASE("two sensors on one port each read their column") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    const auto ports = std::make_shared<ports::Ports>(loop, Log::silent(), "/nonexistent");
    Watched first(ports, "driver = serial\nfield = 1\ndevice = " + port.device() + fast);
    Watched second(ports, "driver = serial\nfield = 2\ndevice = " + port.device() + fast);
    REQUIRE(reads(loop, first, port, "[4, 5]\n"));
    CHECK(run_until(loop, [&] { return !second.readings.empty(); }));
    CHECK(first.readings.front().value == 4);
    CHECK(second.readings.front().value == 5);
}

TEST_CASE("a port that another program holds is offline and says so") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    Watched first(loop, "driver = serial\ndevice = " + port.device() + fast);
    Watched other(loop, "driver = serial\ndevice = " + port.device() + fast);
    REQUIRE(other.offline());
    CHECK_THAT(other.sensor.status().reason, ContainsSubstring("holds it"));
    CHECK(reads(loop, first, port, "4\n"));
}

TEST_CASE("any rate can be set on a port") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    Watched watched(loop, "driver = serial\nbaud = 31250\ndevice = " + port.device() + fast);
    CHECK(reads(loop, watched, port, "7\n"));
}

TEST_CASE("a silent device is offline after its patience and told once") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    Watched watched(loop, "driver = serial\npatience = 500ms\ndevice = " + port.device() + fast);
    REQUIRE(reads(loop, watched, port, "5\n"));
    REQUIRE(run_until(loop, [&] { return watched.offline(); }));
    CHECK_THAT(watched.sensor.status().reason, ContainsSubstring("no value for 0.5 s"));
    REQUIRE(watched.statuses.size() == 2);
    REQUIRE(reads(loop, watched, port, "6\n"));
    CHECK(watched.online());
}

TEST_CASE("a board is not reset again by closing its port") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    {
        const UniqueFd other(::open(port.device().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
        termios settings{};
        REQUIRE(::tcgetattr(other.get(), &settings) == 0);
        settings.c_cflag |= HUPCL;
        REQUIRE(::tcsetattr(other.get(), TCSANOW, &settings) == 0);
    }
    REQUIRE(hangs_up(port.device()));
    Watched watched(loop, "driver = serial\ndevice = " + port.device() + fast);
    REQUIRE(reads(loop, watched, port, "1\n"));
    CHECK_FALSE(hangs_up(port.device()));
}

TEST_CASE("the noise of a wrong rate is rejected and bounded and never a value") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    Watched watched(loop, "driver = serial\ndevice = " + port.device() + fast);
    // What 9600 baud look like at 115200: few bits set, high bytes, now and then a line end.
    std::string noise = "\n";
    for (int i = 0; i < 2000; ++i) {
        noise += i % 37 == 0 ? '\n' : static_cast<char>(0x80 | (i * 7919 % 128));
    }
    std::size_t sent = 0;
    REQUIRE(run_until(loop, [&] {
        sent += port.send(std::string_view(noise).substr(sent));
        return sent == noise.size();
    }));
    REQUIRE(run_until(loop, [&] { return watched.sensor.status().rejected > 50; }));
    CHECK(watched.readings.empty());
    REQUIRE(run_until(loop, [&] { return port.send("\n") == 1; }));
    REQUIRE(reads(loop, watched, port, "21.5\n"));
    CHECK(watched.readings.front().value == 21.5);
}
