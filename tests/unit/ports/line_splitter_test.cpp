#include "edge/ports/line_splitter.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace holdfast::ports;

namespace {

struct Split {
    std::vector<std::string> lines;
    int overlong = 0;
};

/// What the splitter makes of `text` when it comes in pieces of that size.
Split split_in_pieces(const std::string& text, std::size_t piece) {
    Split result;
    LineSplitter splitter({[&](std::string_view line) { result.lines.emplace_back(line); },
                           [&] { ++result.overlong; }});
    for (std::size_t at = 0; at < text.size(); at += piece) {
        splitter.feed(std::string_view(text).substr(at, piece));
    }
    return result;
}

} // namespace

TEST_CASE("lines end at CR or LF or both and the first one is dropped") {
    const auto piece = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{100});
    CHECK(split_in_pieces("7.5\n1\n2\r\n3\r4\n\r5\r\n\r\n6", piece).lines ==
          std::vector<std::string>{"1", "2", "3", "4", "5", ""});
}

TEST_CASE("a line that is too long is reported once and the next one is read") {
    const auto piece = GENERATE(std::size_t{1}, std::size_t{100}, std::size_t{4096});
    const auto result = split_in_pieces(
        "\n" + std::string(256, 'a') + "\n" + std::string(1'000'000, 'b') + "\n21.5\n", piece);
    CHECK(result.overlong == 1);
    CHECK(result.lines == std::vector<std::string>{std::string(256, 'a'), "21.5"});
}

TEST_CASE("a source that begins with a whole line loses none") {
    std::vector<std::string> lines;
    LineSplitter splitter({[&](std::string_view line) { lines.emplace_back(line); }, [] {}},
                          LineSplitter::Start::with_a_line);
    splitter.feed("1\n2\nhal");
    splitter.restart();
    splitter.feed("3\n");
    CHECK(lines == std::vector<std::string>{"1", "2", "3"});
}
