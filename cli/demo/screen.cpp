#include "cli/demo/screen.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace holdfast::cli::demo {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto draw_every = 200ms;
constexpr auto figures_every = 3s;
constexpr std::uint64_t bar_width = 30;

} // namespace

Screen::Screen()
    : terminal_(::isatty(STDOUT_FILENO) == 1)
    , colour_(terminal_ && std::getenv("NO_COLOR") == nullptr)
    , start_(Clock::now()) {}

Screen::~Screen() {
    clear();
}

void Screen::say(const std::string& line) {
    clear();
    const auto passed = std::chrono::duration<double>(Clock::now() - start_).count();
    fmt::print("{:6.1f}s  {}\n", passed, line);
    std::fflush(stdout);
    next_draw_ = {};
}

void Screen::heading(const std::string& line) {
    say(colour_ ? fmt::format("\x1b[1m{}\x1b[0m", line) : line);
}

void Screen::refresh() {
    const auto now = Clock::now();
    if (now < next_draw_) {
        return;
    }
    next_draw_ = now + (terminal_ ? Clock::duration(draw_every) : Clock::duration(figures_every));
    if (terminal_) {
        draw();
        return;
    }
    auto line = figures();
    if (line != last_figures_) {
        say(line);
        last_figures_ = std::move(line);
        next_draw_ = now + figures_every;
    }
}

void Screen::clear() {
    for (; drawn_lines_ > 0; --drawn_lines_) {
        fmt::print("\x1b[1A\x1b[2K");
    }
    std::fflush(stdout);
}

std::string Screen::figures() const {
    return fmt::format(
        "  link {:<4}  waiting for a receipt {:<5}  at the cloud {:<5}  seen locally {}",
        scene_.link ? "up" : "down", scene_.pending, scene_.cloud_rows, scene_.local_messages);
}

/// How much of the backlog has its receipt.
std::string Screen::bar() const {
    const auto most = std::max<std::uint64_t>(scene_.backlog, 1);
    const auto left = std::min(scene_.pending, most);
    const auto full = scene_.link ? (most - left) * bar_width / most : 0;
    return fmt::format("[{:#<{}}{:.<{}}]", "", full, "", bar_width - full);
}

void Screen::draw() {
    clear();
    const auto* const on = !colour_ ? "" : scene_.link ? "\x1b[32m" : "\x1b[31m";
    const auto* const off = colour_ ? "\x1b[0m" : "";
    fmt::print("\n  sensors -> daemon -> spool -> broker {}{}{} cloud\n", on,
               scene_.link ? "=======>" : "==  X  =", off);
    fmt::print("  waiting {:<6} {}  at the cloud {}\n", scene_.pending, bar(), scene_.cloud_rows);
    drawn_lines_ = 3;
    for (const auto& [topic, value] : scene_.values) {
        fmt::print("    {:<28} {:.40}\n", topic, value);
        ++drawn_lines_;
    }
    std::fflush(stdout);
}

} // namespace holdfast::cli::demo
