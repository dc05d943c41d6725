// What bash proposes behind `holdfast`.
#include "core/atomic_file.hpp"
#include "core/child_process.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>

#include <filesystem>

using namespace holdfast;

namespace {

/// The proposals for the last of these words, in one line.
std::string proposals(const std::string& words) {
    const test::TempFolder folder;
    const auto script = fmt::format("source '{}'; PATH='{}':$PATH; COMP_WORDS=(holdfast {}); "
                                    "COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _holdfast; "
                                    "printf '%s' \"${{COMPREPLY[*]}}\"",
                                    HOLDFAST_COMPLETION,
                                    std::filesystem::path(HOLDFAST).parent_path().string(), words);
    ChildProcess bash({{find_program("bash").string(), "--norc", "-c", script}, folder / "output"});
    const auto ended = bash.wait(std::chrono::minutes(1));
    REQUIRE(ended == 0);
    return read_file(folder / "output");
}

} // namespace

TEST_CASE("bash completes verbs and actions and options as the program has them") {
    CHECK_THAT(proposals("''"), ContainsSubstring("init") && ContainsSubstring("history") &&
                                    ContainsSubstring("--version"));
    CHECK(proposals("dri") == "drill");
    CHECK(proposals("user ''") == "add disable enable list passwd remove");
    CHECK(proposals("cert ex") == "export");
    CHECK(proposals("bridge ''") == "check render");
    CHECK(proposals("user dis") == "disable");
    CHECK(proposals("cloud ''") == "bundle");
    CHECK(proposals("user --na").empty());
    CHECK(proposals("init --cl") == "--cloud");
    CHECK(proposals("init --dir /et") == "/etc");
    CHECK(proposals("nothing --").empty());
}
