#include "cli/style.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace holdfast::cli {

Style Style::of_output() {
    const char* const forbidden = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
    return Style(::isatty(STDOUT_FILENO) == 1 && !dumb &&
                 (forbidden == nullptr || *forbidden == '\0'));
}

std::string Style::in(std::string_view code, std::string_view text) const {
    return coloured_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

} // namespace holdfast::cli
