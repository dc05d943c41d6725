#include "plugin/policy_file.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/topic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace holdfast {

namespace {

using Access = PolicyRule::Access;

// isspace(3) in the C locale, which is what Mosquitto trims with.
constexpr std::string_view white_space = " \t\n\v\f\r";

// TOPIC_HIERARCHY_LIMIT of Mosquitto; deeper topics never reach a plugin.
constexpr std::ptrdiff_t most_slashes = 200;

std::string_view trim_end(std::string_view text) {
    return text.substr(0, text.find_last_not_of(white_space) + 1);
}

std::string_view trim_both(std::string_view text) {
    const auto first = text.find_first_not_of(white_space);
    return first == std::string_view::npos ? std::string_view{} : trim_end(text.substr(first));
}

/// Takes the first word off `rest`; only the blank separates words.
std::string_view take_word(std::string_view& rest) {
    const auto first = rest.find_first_not_of(' ');
    if (first == std::string_view::npos) {
        return rest = {};
    }
    const auto end = rest.find(' ', first);
    const auto word = rest.substr(first, end - first);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return word;
}

Access parse_access(std::string_view word) {
    if (word == "read") {
        return Access::read;
    }
    if (word == "write") {
        return Access::write;
    }
    if (word == "readwrite") {
        return Access::readwrite;
    }
    if (word == "deny") {
        return Access::deny;
    }
    throw Error(
        fmt::format("unknown access {}; it is read, write, readwrite or deny", quoted(word)));
}

PolicyRule parse_rule(unsigned line, bool pattern, std::string_view rest) {
    const auto first = take_word(rest);
    if (first.empty()) {
        throw Error("there is no topic; a line reads: topic read sensors/#");
    }
    const bool has_access = !rest.empty();
    const auto filter = has_access ? trim_both(rest) : first;
    const auto access = has_access ? parse_access(first) : Access::readwrite;
    if (const auto fault = topic_filter_fault(filter)) {
        throw Error(fmt::format("{} is no topic filter: {}", quoted(filter), *fault));
    }
    if (const auto slashes = std::count(filter.begin(), filter.end(), '/');
        slashes > most_slashes) {
        throw Error(
            fmt::format("the filter has {} slashes; Mosquitto takes {}", slashes, most_slashes));
    }
    return {line, access, std::string(filter), pattern, std::nullopt};
}

std::string parse_user(std::string_view rest) {
    const auto name = trim_both(rest);
    if (name.empty()) {
        throw Error("there is no user name; a line reads: user alice");
    }
    return std::string(name);
}

[[noreturn]] void refuse_keyword(std::string_view word) {
    constexpr std::array<std::string_view, 3> keywords{"user", "topic", "pattern"};
    const auto meant = nearest(word, keywords);
    throw Error(fmt::format("unknown keyword {}; {}", quoted(word),
                            meant ? fmt::format("did you mean {}?", *meant)
                                  : "a line begins with user, topic, pattern or #"));
}

} // namespace

std::vector<PolicyRule> parse_policy(std::string_view text, std::string_view path) {
    std::vector<PolicyRule> rules;
    std::optional<std::string> user;
    unsigned line = 0;
    for (const auto raw : split(text, '\n')) {
        ++line;
        auto rest = trim_end(raw);
        if (rest.starts_with('#')) {
            continue;
        }
        const auto keyword = take_word(rest);
        try {
            if (keyword == "topic" || keyword == "pattern") {
                rules.push_back(parse_rule(line, keyword == "pattern", rest));
                if (!rules.back().pattern) {
                    rules.back().user = user;
                }
            } else if (keyword == "user") {
                user = parse_user(rest);
            } else if (!keyword.empty()) {
                refuse_keyword(keyword);
            }
        } catch (const Error& error) {
            throw InputError(path, line, error.what());
        }
    }
    return rules;
}

} // namespace holdfast
