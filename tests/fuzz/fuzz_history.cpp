// Questions for history, which any client that may ask can write: Error is the only failure, and
// what was accepted lies within its bounds.
#include "core/error.hpp"
#include "edge/history/desk.hpp"
#include "edge/history/request.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holdfast;
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (history::id_of(text).size() > 100) {
        std::abort();
    }
    try {
        const auto request = history::parse_request(text, WallTime(1'700'000'000'000'000));
        const bool too_much =
            request.rows == 0 || request.rows > history::most_rows ||
            (request.points && (*request.points == 0 || *request.points > history::most_points));
        const bool other_page =
            request.page && history::parse_page(history::page_word(*request.page)) != *request.page;
        if (too_much || other_page ||
            (request.since && request.until && *request.since >= *request.until)) {
            std::abort();
        }
    } catch (const Error&) {
    }
    try {
        if (history::answer_topic("holdfast/get/history", text).rfind("holdfast/history", 0) != 0) {
            std::abort();
        }
    } catch (const Error&) {
    }
    return 0;
}
