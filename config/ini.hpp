#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::config {

/// One `key = value`; `where` says where it was written, for messages: "holdfast.conf:12".
struct Entry {
    std::string key;
    std::string value;
    std::string where;
};

/// `[kind]` or `[kind name]` and the entries below it.
struct Section {
    std::string kind;
    std::string name;
    std::string where;
    std::vector<Entry> entries;
};

/// Reads INI text. It knows lines, sections and keys, and nothing of what they mean.
///
/// - `#` and `;` start a comment only at the beginning of a line: a value may hold a topic filter
/// - values are trimmed and may be empty; keys and section kinds are lower case words
/// - a section or key that comes twice, a line that is neither, and text that is not UTF-8 are
///   refused with InputError `path:line: reason`
std::vector<Section> parse_ini(std::string_view text, std::string_view path);

} // namespace holdfast::config
