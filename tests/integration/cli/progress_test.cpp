// What only a terminal gets: bars and colours.
#include "command.hpp"
#include "config/settings.hpp"
#include "edge/spool/spool.hpp"
#include "init_folder.hpp"
#include "support/catch.hpp"
#include "support/typed.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;

namespace {

/// As a person at a terminal of that kind would see it: script(1) is the terminal.
std::string seen_on_terminal(const std::string& command, const std::string& environment) {
    return type(fmt::format("{} script -qec '{}' /dev/null </dev/null", environment, command))
        .output;
}

bool is_plain(const std::string& text) {
    return text.find('\x1b') == std::string::npos && text.find("[#") == std::string::npos &&
           text.find("[ ") == std::string::npos;
}

} // namespace

TEST_CASE("backup and restore show how far they are on a terminal and nowhere else") {
    const InitFolder site;
    REQUIRE(site.init({"--site", "shed"}).status == 0);
    {
        const spool::Spool made(config::load_settings(site.config()).spool.path, {"boot"},
                                Log::silent());
    }
    const TempFolder folder;
    const auto archive = (folder / "shed.tar.gz").string();
    const auto backup =
        fmt::format("{} backup {} --force --dir {}", HOLDFAST, archive, site.folder().string());
    const auto seen = seen_on_terminal(backup, "TERM=xterm");
    CHECK_THAT(seen,
               ContainsSubstring("packing readings  [") && ContainsSubstring("and all readings"));
    const auto dumb = seen_on_terminal(backup, "TERM=dumb");
    CHECK(is_plain(dumb));
    const auto piped = type("TERM=xterm " + backup);
    CHECK(piped.status == 0);
    CHECK(is_plain(piped.output));
    CHECK_THAT(seen_on_terminal(fmt::format("{} restore {} --force --dir {}", HOLDFAST, archive,
                                            (folder / "anew").string()),
                                "TERM=xterm"),
               ContainsSubstring("unpacking  ["));
}

TEST_CASE("colours are for terminals and not with NO_COLOR") {
    const InitFolder site;
    REQUIRE(site.init({"--site", "shed"}).status == 0);
    const auto status =
        fmt::format("{} status --timeout 1 --dir {}", HOLDFAST, site.folder().string());
    CHECK_THAT(seen_on_terminal(status, "TERM=xterm"), ContainsSubstring("\x1b["));
    CHECK(is_plain(seen_on_terminal(status, "TERM=xterm NO_COLOR=1")));
    CHECK(is_plain(seen_on_terminal(status, "TERM=dumb")));
    CHECK(is_plain(type("TERM=xterm " + status).output));
}
