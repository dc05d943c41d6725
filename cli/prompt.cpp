#include "cli/prompt.hpp"

#include "cli/options.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>

namespace holdfast::cli {

namespace {

/// The terminal does not show what is typed, for as long as this lives.
class NoEcho {
public:
    NoEcho() {
        ::tcgetattr(STDIN_FILENO, &before_);
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;
    ~NoEcho() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }

private:
    termios before_{};
};

} // namespace

bool at_terminal() {
    return ::isatty(STDIN_FILENO) == 1;
}

std::string ask(std::string_view prompt) {
    if (at_terminal()) {
        fmt::print(stderr, "{}", prompt);
    }
    std::string line;
    if (!std::getline(std::cin, line)) {
        throw Error("the input ended before the question was answered");
    }
    return std::string(trim(line));
}

std::string ask_secret(std::string_view prompt) {
    std::string line;
    if (at_terminal()) {
        const NoEcho silence;
        fmt::print(stderr, "{}", prompt);
        std::getline(std::cin, line);
        fmt::print(stderr, "\n");
    } else {
        std::getline(std::cin, line);
    }
    return line;
}

std::string ask_new_secret(std::string_view prompt, std::string_view what) {
    auto secret = ask_secret(prompt);
    if (secret.empty()) {
        throw UsageError(
            fmt::format("{} is empty; type one, or give it as a line on standard input", what));
    }
    if (at_terminal() && ask_secret("once more: ") != secret) {
        throw UsageError(fmt::format("the two differ: {} is as it was", what));
    }
    return secret;
}

} // namespace holdfast::cli
