#include "cli/drill/report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace holdfast::cli::drill {

namespace {

std::string seconds(std::chrono::milliseconds time) {
    return fmt::format("{:.1f} s", std::chrono::duration<double>(time).count());
}

std::string line(std::string_view label, std::string_view value) {
    return fmt::format("  {:<22}{}\n", label, value);
}

} // namespace

std::string report(const std::string& site, std::chrono::system_clock::time_point began,
                   const Course::Result& result) {
    const auto stored = result.last < result.first ? 0 : result.last - result.first + 1;
    auto text = fmt::format("Drill of {:%Y-%m-%d %H:%M:%S} UTC at {}\n",
                            fmt::gmtime(std::chrono::system_clock::to_time_t(began)), site);
    text += line("link cut for", fmt::format("{}, {} times: it tries to come back",
                                             seconds(result.outage), result.cuts));
    text += line("stored meanwhile", fmt::format("{} readings and messages", stored));
    text += line("waiting at most", std::to_string(result.buffered));
    if (result.link_after.count() > 0) {
        text += line("link back after", seconds(result.link_after));
    }
    if (result.proved_after.count() > 0) {
        text += line("all proved after", seconds(result.proved_after));
    }
    text += line("without a receipt", std::to_string(result.missing));
    text += line("given up", std::to_string(result.lost));
    return text + (result.trouble.empty() ? "Every reading arrived.\n"
                                          : fmt::format("NOT PASSED: {}.\n", result.trouble));
}

} // namespace holdfast::cli::drill
