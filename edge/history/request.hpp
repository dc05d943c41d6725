#pragma once

#include "core/clock.hpp"
#include "edge/history/text.hpp"
#include "edge/spool/history.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::history {

constexpr std::size_t longest_request_bytes = 4096;
constexpr std::size_t most_rows = 5000;
constexpr std::size_t most_points = 1000;

/// A question by MQTT (docs/history.md).
struct Request {
    std::string series{};                ///< empty: what series there are
    std::optional<WallTime> since{};     ///< nothing: from the first
    std::optional<WallTime> until{};     ///< exclusive; nothing: to the last
    std::optional<std::size_t> points{}; ///< parts of equal time instead of single values
    std::size_t rows = 1000;             ///< of one page
    TextFormat format = TextFormat::json;
    std::optional<spool::History::Place> page{}; ///< where the page before ended
};

/// Reads a JSON object; `now` is what times like "2h" count from. Throws Error that says what is
/// wrong and what is expected, for unknown keys too.
Request parse_request(std::string_view text, WallTime now);

/// The `id` of a request, also of one that is wrong otherwise; empty where there is none.
std::string id_of(std::string_view text);

/// A page as a word for `page`, and back. Throws Error for a word that page_word() does not give.
std::string page_word(const spool::History::Place& place);
spool::History::Place parse_page(std::string_view word);

} // namespace holdfast::history
