// The bytes of a serial line: the same lines come of them in whatever pieces they arrive, none has
// a line end in it, and none is longer than the limit.
#include "edge/ports/line_splitter.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using holdfast::ports::LineSplitter;

struct Seen {
    std::vector<std::string> lines;
    int overlong = 0;
    bool operator==(const Seen&) const = default;
};

Seen split(std::string_view bytes, std::size_t piece, LineSplitter::Start start) {
    Seen seen;
    LineSplitter splitter(
        {[&](std::string_view line) { seen.lines.emplace_back(line); }, [&] { ++seen.overlong; }},
        start);
    while (!bytes.empty()) {
        const auto now = bytes.substr(0, piece);
        splitter.feed(now);
        bytes.remove_prefix(now.size());
    }
    return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const auto start : {LineSplitter::Start::anywhere, LineSplitter::Start::with_a_line}) {
        const auto whole = split(bytes, size + 1, start);
        if (split(bytes, 1, start) != whole) {
            std::abort();
        }
        for (const auto& line : whole.lines) {
            if (line.size() > LineSplitter::max_line_bytes ||
                line.find_first_of("\r\n") != std::string::npos) {
                std::abort();
            }
        }
    }
    return 0;
}
