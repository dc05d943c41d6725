#include "config/ini.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::config {

namespace {

bool is_word(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

class Parser {
public:
    explicit Parser(std::string_view path)
        : path_(path) {}

    void line(std::string_view text) {
        ++number_;
        if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
            refuse("the line is not UTF-8 text; is this the right file?");
        }
        text = trim(text);
        if (text.empty() || text.front() == '#' || text.front() == ';') {
            return;
        }
        text.front() == '[' ? section(text) : entry(text);
    }

    std::vector<Section> take() { return std::move(sections_); }

private:
    [[noreturn]] void refuse(std::string_view reason) const {
        throw InputError(path_, number_, reason);
    }
    std::string where() const { return fmt::format("{}:{}", path_, number_); }

    void section(std::string_view text) {
        if (text.back() != ']') {
            refuse(fmt::format("the section {} has no closing ']'", quoted(text)));
        }
        const auto title = trim(text.substr(1, text.size() - 2));
        const auto space = title.find_first_of(" \t");
        const auto kind = title.substr(0, space);
        const auto name = space == std::string_view::npos ? "" : trim(title.substr(space));
        if (!is_word(kind)) {
            refuse(fmt::format("{} is no section: write [kind] or [kind name]", quoted(text)));
        }
        const auto same = std::find_if(sections_.begin(), sections_.end(), [&](const auto& other) {
            return other.kind == kind && other.name == name;
        });
        if (same != sections_.end()) {
            refuse(fmt::format("the section {} was already given at {}", text, same->where));
        }
        sections_.push_back({std::string(kind), std::string(name), where(), {}});
    }

    void entry(std::string_view text) {
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) {
            refuse(fmt::format("{} is neither a [section] nor 'key = value'", quoted(text)));
        }
        const auto key = trim(text.substr(0, equals));
        if (!is_word(key)) {
            refuse(fmt::format("{} is no key: keys are lower case words", quoted(key)));
        }
        if (sections_.empty()) {
            refuse(fmt::format("the key '{}' stands before the first [section]", key));
        }
        auto& entries = sections_.back().entries;
        const auto same = std::find_if(entries.begin(), entries.end(),
                                       [&](const auto& other) { return other.key == key; });
        if (same != entries.end()) {
            refuse(fmt::format("'{}' was already given at {}", key, same->where));
        }
        entries.push_back({std::string(key), std::string(trim(text.substr(equals + 1))), where()});
    }

    std::string path_;
    unsigned number_ = 0;
    std::vector<Section> sections_;
};

} // namespace

std::vector<Section> parse_ini(std::string_view text, std::string_view path) {
    Parser parser(path);
    for (const auto line : split(text, '\n')) {
        parser.line(line);
    }
    return parser.take();
}

} // namespace holdfast::config
