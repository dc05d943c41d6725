#include "cli/prompt.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/standard_input.hpp"
#include "support/temp_folder.hpp"

#include <fcntl.h>
#include <termios.h>

#include <chrono>
#include <cstdlib>
#include <thread>

using namespace holdfast;
using namespace holdfast::cli;
using holdfast::test::StandardInput;

namespace {

/// A terminal with somebody who has typed `text` already.
class Terminal {
public:
    explicit Terminal(std::string_view text)
        : keyboard_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        REQUIRE((keyboard_ && ::grantpt(keyboard_.get()) == 0 && ::unlockpt(keyboard_.get()) == 0));
        screen_ = UniqueFd(::open(::ptsname(keyboard_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
        type(text);
    }

    int input() const { return screen_.get(); }
    void type(std::string_view text) const {
        REQUIRE(::write(keyboard_.get(), text.data(), text.size()) ==
                static_cast<ssize_t>(text.size()));
    }
    bool shows_what_is_typed() const {
        termios state{};
        REQUIRE(::tcgetattr(screen_.get(), &state) == 0);
        return (state.c_lflag & ECHO) != 0;
    }

private:
    UniqueFd keyboard_;
    UniqueFd screen_;
};

} // namespace

TEST_CASE("an answer comes without its blanks from a file as from a terminal") {
    const test::TempFolder folder;
    {
        const StandardInput input(folder / "input", " garden \nsecond\n");
        CHECK_FALSE(at_terminal());
        CHECK(ask("name: ") == "garden");
        CHECK(ask("name: ") == "second");
        CHECK_THROWS_WITH(ask("name: "), ContainsSubstring("the input ended"));
    }
    const Terminal terminal("shed\n");
    const StandardInput input(terminal.input());
    CHECK(at_terminal());
    CHECK(ask("name: ") == "shed");
    CHECK(terminal.shows_what_is_typed());
}

TEST_CASE("a secret keeps its blanks and the terminal shows again what is typed") {
    const test::TempFolder folder;
    {
        const StandardInput input(folder / "input", " two words \n");
        CHECK(ask_secret("password: ") == " two words ");
        CHECK(ask_secret("password: ").empty());
    }
    const Terminal terminal("");
    const StandardInput input(terminal.input());
    // Switching the echo off throws away what was typed before the question.
    std::thread typist([&] {
        while (terminal.shows_what_is_typed()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        terminal.type("secret\n");
    });
    const auto answer = ask_secret("password: ");
    typist.join();
    CHECK(answer == "secret");
    CHECK(terminal.shows_what_is_typed());
}
