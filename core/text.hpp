#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// `text` without leading and trailing blanks, tabs, carriage returns and line feeds.
std::string_view trim(std::string_view text) noexcept;

/// The parts of `text` between separators; always at least one, which may be empty.
std::vector<std::string_view> split(std::string_view text, char separator);
/// The parts would outlive a temporary text: a loop over them reads what is gone.
template <std::same_as<std::string> Text>
std::vector<std::string_view> split(Text&& text, char separator) = delete;

/// `text` between double quotes, on one line: quotes and backslashes escaped, control characters,
/// and in text that is not UTF-8 every byte beyond ASCII, as \xNN. For messages and logs that quote
/// what somebody else wrote.
std::string quoted(std::string_view text);

/// For a std::string, which would find std::quoted through its own namespace.
inline std::string quoted(const std::string& text) {
    return quoted(std::string_view(text));
}

/// Whether every byte belongs to a well-formed UTF-8 sequence (RFC 3629: no surrogates, no overlong
/// forms, nothing above U+10FFFF).
bool is_utf8(std::string_view text) noexcept;

/// The candidate closest to `word` by edit distance, if one is close enough to be what was meant.
std::optional<std::string> nearest(std::string_view word,
                                   std::span<const std::string_view> candidates);

} // namespace holdfast
