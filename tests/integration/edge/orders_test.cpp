// Orders that come while the daemon is away from the broker, for a short while and for long.

#include "integration/sensors/pseudo_terminal.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/eventually.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

std::string sections(const PseudoTerminal& board) {
    return fmt::format(R"(
[sensor tide]
driver = sim
every = 1s

[output lamps]
driver = serial
device = {}
settle = 0
safe = none

[instruction sampling]
sensors = tide
)",
                       board.device());
}

/// What the board was sent, in one piece.
class Received {
public:
    explicit Received(PseudoTerminal& board)
        : board_(board) {}

    bool comes(const std::string& text) {
        return eventually(
            [&] {
                text_ += board_.receive();
                return text_.find(text) != std::string::npos;
            },
            30s);
    }
    const std::string& text() const noexcept { return text_; }

private:
    PseudoTerminal& board_;
    std::string text_;
};

} // namespace

TEST_CASE("orders that came while the broker was restarted are carried out in their order") {
    PseudoTerminal board;
    Received received(board);
    Appliance appliance({.sections = sections(board)});
    appliance.start();
    REQUIRE(received.comes("none\n"));
    appliance.broker().stop();
    REQUIRE(appliance.daemon().wait_for_log("mqtt disconnected client=holdfast-edge"));
    // Held, it cannot come back before the orders are given.
    appliance.daemon().signal(SIGSTOP);
    appliance.start_broker();
    appliance.publish("outputs/lamps", {"1", "0", "1", "3"});
    appliance.daemon().signal(SIGCONT);
    CHECK(received.comes("1\n0\n1\n3\n"));
    CHECK(appliance.on_site().wait_for(is("outputs/lamps/ack", R"({"order":"3","state":"3"})")));
    appliance.daemon().stop();
}

TEST_CASE("after a crash the outputs are made safe by the daemon's program alone") {
    PseudoTerminal board;
    Received received(board);
    Appliance appliance({.sections = sections(board)});
    appliance.start();
    REQUIRE(received.comes("none\n"));
    appliance.publish("outputs/lamps", {"3"});
    REQUIRE(received.comes("3\n"));
    appliance.daemon().kill();
    Program once("holdfast-edge --make-safe",
                 {{HOLDFAST_EDGE, "--config", appliance.config_file().string(), "--make-safe"},
                  appliance.folder() / "make-safe.log"});
    once.start();
    CHECK(once.exit_status(60s) == 0);
    CHECK(received.comes("3\nnone\n"));

    board.unplug();
    once.start();
    CHECK(once.exit_status(60s) == 1);
    CHECK_THAT(once.log(), ContainsSubstring("not made safe: lamps: offline"));
}

TEST_CASE("orders of a time without a daemon are refused aloud and periods are taken over") {
    PseudoTerminal board;
    Received received(board);
    Appliance appliance({.sections = sections(board)});
    appliance.start();
    REQUIRE(received.comes("none\n"));
    appliance.daemon().kill();
    appliance.publish("outputs/lamps", {"1", "2"});
    appliance.publish("instructions/sampling", {"7"});
    const auto from = appliance.on_site().count();
    appliance.start_daemon();
    auto& site = appliance.on_site();
    CHECK(site.wait_for(says("outputs/lamps/ack", R"({"order":"1","refused":"the order waited)"),
                        from));
    CHECK(site.wait_for(says("outputs/lamps/ack", R"({"order":"2","refused":"the order waited)"),
                        from));
    CHECK(site.wait_for(is("instructions/sampling/ack", R"({"old":1,"new":7})"), from));
    // Given again until it is carried out: the first may still come before what waited is through.
    std::string answer;
    for (int attempts = 0; attempts < 20 && answer != R"({"order":"3","state":"3"})"; ++attempts) {
        const auto before = site.count();
        appliance.publish("outputs/lamps", {"3"});
        REQUIRE(site.wait_for(says("outputs/lamps/ack", R"({"order":"3",)"), before));
        answer = site.last("outputs/lamps/ack").value_or("");
    }
    CHECK(received.comes("3\n"));
    CHECK(received.text().find("1\n") == std::string::npos);
    CHECK(received.text().find("2\n") == std::string::npos);
    appliance.daemon().stop();
}
