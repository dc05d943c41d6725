#include "config/section_reader.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "edge/ports/gpio.hpp"
#include "edge/ports/gpio_backend.hpp"
#include "support/catch.hpp"

#include <ctime>

using namespace holdfast;
using namespace holdfast::ports;
using namespace std::chrono_literals;

namespace {

std::chrono::nanoseconds now_of(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

GpioAddress read(const std::vector<config::Entry>& entries) {
    const config::Section section{"sensor", "door", "c:1", entries};
    config::SectionReader keys(section);
    return read_gpio_address(keys);
}

} // namespace

TEST_CASE("an edge gets its time since boot whichever clock the kernel stamped it with") {
    for (const auto clock : {CLOCK_MONOTONIC, CLOCK_REALTIME}) {
        const auto before = boot_now();
        const auto at = gpio_backend::edge_time(now_of(clock) - 2s);
        CHECK(at >= before - 2s - 1ms);
        CHECK(at <= boot_now() - 2s + 1ms);
    }
    const auto ahead = gpio_backend::edge_time(now_of(CLOCK_MONOTONIC) + 1h);
    CHECK(ahead <= boot_now());
}

TEST_CASE("a line is named or numbered on a chip") {
    const auto named = read({{"line", "GPIO17", "c:2"}, {"bias", "pull-up", "c:3"}});
    CHECK(named.lines == std::vector<std::string>{"GPIO17"});
    CHECK(named.chip.empty());
    CHECK(named.bias == GpioBias::pull_up);
    CHECK(read({{"line", "4", "c:2"}, {"chip", "gpiochip0", "c:3"}}).chip == "gpiochip0");
    CHECK_THROWS_WITH(read({{"line", "4", "c:2"}}), ContainsSubstring("c:2: line: with a number"));
    CHECK(read({{"line", "D0, D1,D2", "c:2"}}).lines == std::vector<std::string>{"D0", "D1", "D2"});
    CHECK_THROWS_WITH(read({{"line", "D0, 1", "c:2"}}),
                      ContainsSubstring("the chip must be named"));
    CHECK_THROWS_WITH(read({{"line", "D0,,D1", "c:2"}}), ContainsSubstring("c:2: line: the name"));
    CHECK_THROWS_WITH(read({{"line", "D0,D0", "c:2"}}), ContainsSubstring("each of them once"));
    CHECK_THROWS_WITH(read({}), ContainsSubstring("needs 'line"));
    CHECK_THROWS_WITH(read({{"line", "a", "c:2"}, {"bias", "up", "c:3"}}),
                      ContainsSubstring("c:3: bias"));
}

TEST_CASE("a chip or a line that is not there is an error that names it") {
    CHECK_THROWS_WITH(open_gpio_input({.chip = "gpiochip77", .lines = {"1"}}),
                      ContainsSubstring("/dev/gpiochip77"));
    CHECK_THROWS_WITH(open_gpio_output({.chip = "/dev/null", .lines = {"1"}}, false),
                      ContainsSubstring("/dev/null"));
    CHECK_THROWS_WITH(open_gpio_input({.chip = "", .lines = {"NO-SUCH-LINE"}}),
                      ContainsSubstring("GPIO chip"));
}
