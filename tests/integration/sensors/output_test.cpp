// Outputs through the real serial driver, on a port that a sensor reads too.
#include "edge/control/output.hpp"
#include "pseudo_terminal.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "watched.hpp"

#include <map>

using namespace holdfast;
using namespace holdfast::test;

namespace {

std::shared_ptr<ports::Ports> quiet_ports(boost::asio::io_context& loop) {
    return std::make_shared<ports::Ports>(loop, Log::silent(), "/nonexistent");
}

/// An [output relay] and what it said.
struct Relay {
    Relay(std::shared_ptr<ports::Ports> shared, const std::string& section)
        : ports(std::move(shared))
        , output(*ports,
                 config::parse_settings("[site]\nname = farm\n[output relay]\ndriver = serial\n" +
                                            section,
                                        "/etc/holdfast.conf")
                     .outputs.at(0),
                 {.answer = [this](const std::string&,
                                   const std::string& payload) { answers.push_back(payload); },
                  .changed = [this](const control::Output& now) { states.push_back(now.state()); },
                  .status = {[](const control::Output&) {}}}) {
        output.start();
    }
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    void order(const std::string& payload, bool retain = false, bool late = false) const {
        ports->orders.deliver({"outputs/relay", payload, retain, late});
    }

    std::shared_ptr<ports::Ports> ports;
    std::vector<std::string> answers;
    std::vector<std::string> states;
    control::Output output;
};

bool arrives(boost::asio::io_context& loop, PseudoTerminal& port, const std::string& text) {
    std::string got;
    return run_until(loop, [&] {
        got += port.receive();
        return got.find(text) != std::string::npos;
    });
}

} // namespace

TEST_CASE("orders are written to the port whose values a sensor reads") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    const auto ports = quiet_ports(loop);
    Watched level(ports, "driver = serial\nevery = 10ms\ndevice = " + port.device());
    Relay relay(ports, "on = R1\noff = R0\ndevice = " + port.device());
    port.send("x\n512\n"); // the first line says that the device has booted
    REQUIRE(run_until(loop, [&] { return relay.output.status() == "online"; }));
    REQUIRE(run_until(loop, [&] { return !level.readings.empty(); }));
    CHECK(arrives(loop, port, "R0\n")); // safe from the start

    relay.order("on");
    CHECK(arrives(loop, port, "R1\n"));
    CHECK(relay.answers.back() == R"({"order":"on","state":"on"})");
    relay.order("pulse 10ms");
    CHECK(arrives(loop, port, "R0\n"));
    CHECK(relay.states.back() == "off");
    relay.order("open");
    CHECK_THAT(relay.answers.back(), ContainsSubstring("refused"));
    relay.order("on", true);
    CHECK_THAT(relay.answers.back(), ContainsSubstring("retained"));
    relay.order("on", false, true);
    CHECK_THAT(relay.answers.back(), ContainsSubstring("waited"));
    CHECK(relay.output.state() == "off");
    port.send("513\n");
    CHECK(run_until(loop, [&] { return level.readings.back().value == 513; }));
}

TEST_CASE("one character is passed on as it is") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    Relay leds(quiet_ports(loop), "line_end = none\nsettle = 0\ndevice = " + port.device());
    REQUIRE(run_until(loop, [&] { return leds.output.status() == "online"; }));
    leds.order("3");
    CHECK(arrives(loop, port, "3"));
    CHECK(leds.answers.back() == R"({"order":"3","state":"3"})");
}

TEST_CASE("a device's reply is the answer and its silence is a refusal") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    Relay relay(quiet_ports(loop), "on = R1\noff = R0\nreply = OK\nreply_within = 300ms\n"
                                   "settle = 0\ndevice = " +
                                       port.device());
    REQUIRE(run_until(loop, [&] { return relay.output.status() == "online"; }));
    port.send("\n");
    relay.order("on");
    REQUIRE(arrives(loop, port, "R1\n"));
    CHECK(relay.answers.empty());
    port.send("21.5\nOK 1\n");
    REQUIRE(run_until(loop, [&] { return !relay.answers.empty(); }));
    CHECK(relay.answers.back() == R"({"order":"on","reply":"OK 1"})");
    relay.order("off");
    REQUIRE(run_until(loop, [&] { return relay.answers.size() == 2; }));
    CHECK_THAT(relay.answers.back(), ContainsSubstring("did not answer in time"));
}

TEST_CASE("an output whose device was away is told its state when it is back") {
    boost::asio::io_context loop;
    const TempFolder folder;
    const auto link = folder / "arduino";
    Relay relay(quiet_ports(loop), "on = R1\noff = R0\nsettle = 10ms\ndevice = " + link.string());
    CHECK_THAT(relay.output.status(), ContainsSubstring("offline: "));
    relay.order("on");
    CHECK_THAT(relay.answers.back(), ContainsSubstring(R"({"order":"on","waits":"offline: )"));
    CHECK_THAT(relay.answers.back(), ContainsSubstring("not there"));
    relay.order("toggle");
    relay.order("toggle");
    CHECK(relay.answers.at(1) == R"({"order":"on","refused":)"
                                 R"("another order came before the device was ready"})");
    PseudoTerminal port;
    std::filesystem::create_symlink(port.device(), link);
    REQUIRE(run_until(loop, [&] { return relay.output.status() == "online"; }));
    CHECK(relay.answers.back() == R"({"order":"toggle","state":"on"})");
    CHECK(relay.answers.size() == 6); // three waits, two of them overtaken, and the last one done
    CHECK(arrives(loop, port, "R1\n"));
    relay.output.stop();
    CHECK(arrives(loop, port, "R0\n"));
    CHECK(relay.states.back() == "off");
}

TEST_CASE("an output whose controller says no more becomes safe and takes orders again") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    Relay relay(quiet_ports(loop), "on = R1\noff = R0\nsettle = 0\ncontroller_timeout = 1s\n"
                                   "device = " +
                                       port.device());
    REQUIRE(run_until(loop, [&] { return relay.output.status() == "online"; }));
    relay.order("on");
    REQUIRE(arrives(loop, port, "R1\n"));
    CHECK(relay.output.state() == "on");
    CHECK(arrives(loop, port, "R0\n")); // nobody said it
    CHECK(relay.output.state() == "off");
    CHECK(relay.states.back() == "off");
    relay.order("on");
    CHECK(arrives(loop, port, "R1\n"));
}

TEST_CASE("sections that share a port must agree on its settings") {
    boost::asio::io_context loop;
    PseudoTerminal port;
    const auto ports = quiet_ports(loop);
    Watched level(ports, "driver = serial\nbaud = 9600\ndevice = " + port.device());
    CHECK_THROWS_WITH(Relay(ports, "baud = 19200\ndevice = " + port.device()),
                      ContainsSubstring("sections that share a port must agree"));
}
