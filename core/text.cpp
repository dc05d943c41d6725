#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace holdfast {

namespace {

struct Utf8Lead {
    std::size_t length;
    unsigned char least_second;
    unsigned char greatest_second;
};

// RFC 3629 §4: the range of the second byte rules out overlong forms and surrogates.
std::optional<Utf8Lead> utf8_lead(unsigned char lead) noexcept {
    if (lead < 0x80) {
        return Utf8Lead{1, 0, 0};
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        return Utf8Lead{2, 0x80, 0xbf};
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        return Utf8Lead{3, static_cast<unsigned char>(lead == 0xe0 ? 0xa0 : 0x80),
                        static_cast<unsigned char>(lead == 0xed ? 0x9f : 0xbf)};
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        return Utf8Lead{4, static_cast<unsigned char>(lead == 0xf0 ? 0x90 : 0x80),
                        static_cast<unsigned char>(lead == 0xf4 ? 0x8f : 0xbf)};
    }
    return std::nullopt;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row.back();
}

} // namespace

std::string_view trim(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::string quoted(std::string_view text) {
    const bool utf8 = is_utf8(text);
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f ||
                   (!utf8 && static_cast<unsigned char>(c) >= 0x80)) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            out += c;
        }
    }
    return out += '"';
}

bool is_utf8(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    std::size_t i = 0;
    while (i < text.size()) {
        const auto lead = utf8_lead(byte(i));
        if (!lead || text.size() - i < lead->length) {
            return false;
        }
        if (lead->length > 1 &&
            (byte(i + 1) < lead->least_second || byte(i + 1) > lead->greatest_second)) {
            return false;
        }
        for (std::size_t k = 2; k < lead->length; ++k) {
            if ((byte(i + k) & 0xc0U) != 0x80U) {
                return false;
            }
        }
        i += lead->length;
    }
    return true;
}

std::optional<std::string> nearest(std::string_view word,
                                   std::span<const std::string_view> candidates) {
    std::optional<std::string> best;
    // Farther than a third of the word is no longer a slip of the finger.
    std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const auto candidate : candidates) {
        const auto distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = std::string(candidate);
        }
    }
    return best;
}

} // namespace holdfast
