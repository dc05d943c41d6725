// The manual pages against the programs that they describe.
#include "core/atomic_file.hpp"
#include "core/child_process.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace holdfast;

namespace fs = std::filesystem;

namespace {

const fs::path manual = HOLDFAST_MANUAL;

std::string output_of(const std::vector<std::string>& arguments) {
    const test::TempFolder folder;
    ChildProcess program({arguments, folder / "output"});
    REQUIRE(program.wait(std::chrono::minutes(1)) == 0);
    return read_file(folder / "output");
}

/// A page as a person reads it, in one line.
std::string shown(const fs::path& page) {
    const auto text = output_of({find_program("groff").string(), "-K", "utf8", "-man", "-Tascii",
                                 "-P-c", "-P-b", "-P-u", "-rLL=200n", page.string()});
    std::string flat;
    for (const char letter : text) {
        flat += letter == '\n' ? ' ' : letter;
    }
    return flat;
}

/// The first words of lines that begin with `indent`, two spaces and `start`.
std::vector<std::string> words(const std::string& help, const std::string& start) {
    std::vector<std::string> found;
    for (const auto line : split(help, '\n')) {
        if (line.starts_with("  " + start)) {
            const auto rest = line.substr(2);
            found.emplace_back(rest.substr(0, rest.find(' ')));
        }
    }
    return found;
}

std::vector<std::string> verbs() {
    auto found = words(output_of({HOLDFAST, "--help"}), "");
    std::erase_if(found, [](const std::string& word) { return word == "holdfast"; });
    return found;
}

} // namespace

TEST_CASE("every verb has a page with all its options") {
    REQUIRE(verbs().size() > 8);
    const auto overview = shown(manual / "man1/holdfast.1");
    for (const auto& verb : verbs()) {
        CAPTURE(verb);
        CHECK_THAT(overview, ContainsSubstring("holdfast-" + verb + "(1)"));
        const auto page = shown(manual / fmt::format("man1/holdfast-{}.1", verb));
        for (const auto& option : words(output_of({HOLDFAST, verb, "--help"}), "--")) {
            CHECK_THAT(page, ContainsSubstring(option));
        }
    }
    const auto edge = shown(manual / "man8/holdfast-edge.8");
    for (const auto& option : words(output_of({HOLDFAST_EDGE, "--help"}), "--")) {
        CHECK_THAT(edge, ContainsSubstring(option));
    }
}

TEST_CASE("the page of a verb with actions has the options of each") {
    const auto page = shown(manual / "man1/holdfast-cert.1");
    for (const auto* const action : {"issue", "renew", "verify"}) {
        for (const auto& option : words(output_of({HOLDFAST, "cert", action, "--help"}), "--")) {
            CHECK_THAT(page, ContainsSubstring(option));
        }
    }
}

TEST_CASE("a page shows the words of its verb in their order") {
    const auto page = shown(manual / "man1/holdfast-user.1");
    CHECK_THAT(page, ContainsSubstring("holdfast user ACTION NAME [OPTIONS]"));
    CHECK_THAT(page, ContainsSubstring("add, passwd, remove, disable, enable or list"));
}

TEST_CASE("the page of the configuration has its sections and keys with their defaults") {
    const auto page = shown(manual / "man5/holdfast.conf.5");
    for (const auto* const part : {"[spool]", "[sensor NAME]", "[alarm NAME]", "lose_at_most (1s)",
                                   "keep_history (30d)", "deadband (0)"}) {
        std::string flat;
        for (const char letter : page) {
            if (letter != ' ' || flat.empty() || flat.back() != ' ') {
                flat += letter;
            }
        }
        CHECK_THAT(flat, ContainsSubstring(part));
    }
}

TEST_CASE("no page has a fault that its reader would see") {
    for (const auto& entry : fs::recursive_directory_iterator(manual)) {
        if (entry.is_regular_file()) {
            CAPTURE(entry.path().string());
            CHECK(output_of({find_program("groff").string(), "-K", "utf8", "-man", "-Tutf8", "-ww",
                             "-z", "-rLL=100n", entry.path().string()})
                      .empty());
        }
    }
}
