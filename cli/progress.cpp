#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace holdfast::cli {

namespace {

constexpr std::size_t bar_width = 20;
constexpr std::chrono::milliseconds redraw_every{100};

bool has_terminal() {
    const char* const kind = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

} // namespace

std::string progress_text(std::string_view what, std::uint64_t done, std::uint64_t whole) {
    if (whole == 0) {
        return fmt::format("{}  {}", what, done);
    }
    const auto part = static_cast<double>(std::min(done, whole)) / static_cast<double>(whole);
    const auto filled = static_cast<std::size_t>(part * bar_width);
    return fmt::format("{}  [{:<{}}] {:3.0f} %", what, std::string(filled, '#'), bar_width,
                       part * 100);
}

Progress::Progress(std::string what, std::uint64_t whole)
    : what_(std::move(what))
    , whole_(whole)
    , shown_(has_terminal()) {}

Progress::~Progress() {
    if (shown_) {
        std::fputs("\r\x1b[K", stderr);
    }
}

void Progress::at(std::uint64_t done) {
    if (!shown_) {
        return;
    }
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) {
        return;
    }
    next_ = now + redraw_every;
    fmt::print(stderr, "\r\x1b[K{}", progress_text(what_, done, whole_));
    std::fflush(stderr);
}

} // namespace holdfast::cli
