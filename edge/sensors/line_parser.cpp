#include "edge/sensors/line_parser.hpp"

#include "config/section_reader.hpp"
#include "core/text.hpp"
#include "edge/sensors/driver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>
#include <vector>

namespace holdfast::sensors {

namespace {

constexpr std::string_view separators = " \t,;:=()[]{}\"'|";
constexpr std::size_t max_unit_bytes = 8;
constexpr std::size_t max_quoted_bytes = 40;

enum class Kind { word, number, not_finite, malformed };

struct Token {
    std::string_view text;
    Kind kind;
    double value = 0;
};

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// "C", "%", "°C", "m/s": no digits, since those would belong to the number.
bool is_unit(std::string_view text) noexcept {
    return text.size() <= max_unit_bytes && std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || c == '%' || c == '/' || static_cast<unsigned char>(c) >= 0x80;
           });
}

bool names_no_number(std::string_view text) {
    constexpr std::array<std::string_view, 3> names{"nan", "inf", "infinity"};
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
        return std::equal(text.begin(), text.end(), name.begin(), name.end(),
                          [](char a, char b) { return (a | 0x20) == b; });
    });
}

bool starts_like_a_number(std::string_view text) noexcept {
    const auto digit = text.find_first_not_of("+-.");
    return digit != std::string_view::npos && is_digit(text[digit]);
}

Token classify(std::string_view text) {
    auto unsigned_text = text;
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
        unsigned_text.remove_prefix(1);
    }
    if (names_no_number(unsigned_text)) {
        return {text, Kind::not_finite};
    }
    if (!starts_like_a_number(text)) {
        return {text, Kind::word};
    }
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(unsigned_text.data(), end, value);
    if (error == std::errc::invalid_argument || unsigned_text.front() == '-' ||
        !is_unit({rest, static_cast<std::size_t>(end - rest)})) {
        return {text, Kind::malformed};
    }
    if (error == std::errc::result_out_of_range) {
        return {text, Kind::not_finite};
    }
    return {text, Kind::number, text.front() == '-' ? -value : value};
}

std::vector<Token> tokens_of(std::string_view line) {
    std::vector<Token> tokens;
    auto start = line.find_first_not_of(separators);
    while (start != std::string_view::npos) {
        const auto end = std::min(line.find_first_of(separators, start), line.size());
        tokens.push_back(classify(line.substr(start, end - start)));
        start = line.find_first_not_of(separators, end);
    }
    return tokens;
}

std::string excerpt(std::string_view text) {
    if (text.size() <= max_quoted_bytes) {
        return quoted(text);
    }
    return quoted(text.substr(0, max_quoted_bytes)) + "…";
}

ParsedLine fault(std::string reason) {
    return {std::nullopt, std::move(reason)};
}

ParsedLine value_of(const Token& token) {
    switch (token.kind) {
    case Kind::number:
        return {token.value};
    case Kind::not_finite:
        return fault(fmt::format("{} is not a finite number", excerpt(token.text)));
    case Kind::word:
    case Kind::malformed:
        break;
    }
    return fault(fmt::format("{} is not a number", excerpt(token.text)));
}

std::vector<std::string_view> columns_of(std::string_view line) {
    constexpr std::string_view brackets = "[](){}";
    while (!line.empty() && brackets.find(line.front()) != std::string_view::npos) {
        line = trim(line.substr(1));
    }
    while (!line.empty() && brackets.find(line.back()) != std::string_view::npos) {
        line = trim(line.substr(0, line.size() - 1));
    }
    const bool csv = line.find_first_of(",;") != std::string_view::npos;
    std::vector<std::string_view> columns;
    while (true) {
        const auto end = std::min(line.find_first_of(csv ? ",;" : " \t"), line.size());
        columns.push_back(trim(line.substr(0, end)));
        if (end == line.size()) {
            return columns;
        }
        line.remove_prefix(end + 1);
        if (!csv) {
            line = trim(line);
        }
    }
}

ParsedLine number_in_field(std::string_view line, std::size_t field) {
    const auto columns = columns_of(line);
    if (field > columns.size()) {
        return fault(fmt::format("it has {} columns, and column {} is meant: {}", columns.size(),
                                 field, excerpt(line)));
    }
    const auto column = columns[field - 1];
    if (column.empty()) {
        return fault(fmt::format("column {} is empty: {}", field, excerpt(line)));
    }
    return value_of(classify(column));
}

ParsedLine number_after_key(std::string_view line, std::string_view key) {
    const auto tokens = tokens_of(line);
    const auto found = std::find_if(tokens.begin(), tokens.end(),
                                    [&](const Token& token) { return token.text == key; });
    if (found == tokens.end()) {
        return fault(fmt::format("it has no '{}': {}", key, excerpt(line)));
    }
    if (found + 1 == tokens.end()) {
        return fault(fmt::format("nothing follows '{}': {}", key, excerpt(line)));
    }
    return value_of(found[1]);
}

ParsedLine only_number(std::string_view line) {
    auto tokens = tokens_of(line);
    tokens.erase(std::remove_if(tokens.begin(), tokens.end(),
                                [](const Token& token) { return token.kind == Kind::word; }),
                 tokens.end());
    const auto malformed = std::find_if(tokens.begin(), tokens.end(), [](const Token& token) {
        return token.kind == Kind::malformed;
    });
    if (malformed != tokens.end()) {
        return value_of(*malformed);
    }
    if (tokens.empty()) {
        return fault(fmt::format("it holds no number: {}", excerpt(line)));
    }
    if (tokens.size() > 1) {
        return fault(fmt::format("it holds {} numbers, set 'field' or 'key': {}", tokens.size(),
                                 excerpt(line)));
    }
    return value_of(tokens.front());
}

bool is_noise(std::string_view line) {
    const auto is_control = [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    };
    return std::any_of(line.begin(), line.end(), is_control) || !is_utf8(line);
}

} // namespace

LineFormat read_line_format(config::SectionReader& keys) {
    LineFormat format;
    if (const auto field = keys.integer("field", 1, 1000)) {
        format.field = static_cast<std::size_t>(*field);
    }
    if (auto key = keys.text("key")) {
        if (key->empty() || key->find_first_of(separators) != std::string::npos) {
            keys.refuse("key", "one word is expected, as it stands before the number");
        }
        if (format.field) {
            keys.refuse("key", "either 'field' or 'key' says which number is meant, not both");
        }
        format.key = std::move(*key);
    }
    return format;
}

std::chrono::milliseconds read_patience(config::SectionReader& keys,
                                        std::chrono::milliseconds every) {
    const auto patience = keys.duration("patience").value_or(usual_patience(every));
    if (patience < two_periods(every)) {
        keys.refuse("patience", "it must be at least 500ms and two periods of 'every'");
    }
    return patience;
}

ParsedLine parse_line(std::string_view line, const LineFormat& format) {
    line = trim(line);
    if (line.empty()) {
        return fault("it is empty");
    }
    if (is_noise(line)) {
        return fault(fmt::format("it is not text: {}", excerpt(line)));
    }
    if (format.field) {
        return number_in_field(line, *format.field);
    }
    return format.key.empty() ? only_number(line) : number_after_key(line, format.key);
}

} // namespace holdfast::sensors
