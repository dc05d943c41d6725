#include "edge/ports/line_splitter.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace holdfast::ports;

namespace {

struct Split {
    explicit Split(LineSplitter::Start start = LineSplitter::Start::anywhere)
        : splitter({[this](std::string_view line) { lines.emplace_back(line); },
                    [this] { ++overlong; }},
                   start) {}

    std::vector<std::string> lines;
    int overlong = 0;
    LineSplitter splitter;
};

} // namespace

TEST_CASE("every kind of line end is one line end wherever the bytes are cut") {
    const std::string text = "half\n1\r\n2\n\r3\r4\n";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Split split;
        split.splitter.feed(text.substr(0, cut));
        split.splitter.feed(text.substr(cut));
        CHECK(split.lines == std::vector<std::string>{"1", "2", "3", "4"});
    }
}

TEST_CASE("a source that begins with a whole line loses none") {
    Split split(LineSplitter::Start::with_a_line);
    split.splitter.feed("1\n2\n");
    split.splitter.restart();
    split.splitter.feed("3\n");
    CHECK(split.lines == std::vector<std::string>{"1", "2", "3"});
}

TEST_CASE("a line without end is told once and ends with its end") {
    Split split;
    split.splitter.feed("\n");
    for (int i = 0; i < 10'000; ++i) {
        split.splitter.feed("0123456789");
    }
    split.splitter.feed("\n21.5\n");
    CHECK(split.overlong == 1);
    CHECK(split.lines == std::vector<std::string>{"21.5"});
}
