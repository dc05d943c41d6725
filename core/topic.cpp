#include "core/topic.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace holdfast {

namespace {

constexpr std::size_t longest_topic_bytes = 65'535;

std::optional<std::string_view> text_fault(std::string_view text) noexcept {
    if (text.empty()) {
        return "it is empty";
    }
    if (text.size() > longest_topic_bytes) {
        return "it is longer than 65535 bytes";
    }
    if (text.find('\0') != std::string_view::npos) {
        return "it holds a NUL byte";
    }
    if (!is_utf8(text)) {
        return "it is not UTF-8";
    }
    return std::nullopt;
}

/// Takes the first level off `rest`; `last` says that it was the last one.
std::string_view take_level(std::string_view& rest, bool& last) noexcept {
    const auto end = rest.find('/');
    last = end == std::string_view::npos;
    const auto level = rest.substr(0, end);
    rest = last ? std::string_view{} : rest.substr(end + 1);
    return level;
}

} // namespace

std::optional<std::string_view> topic_name_fault(std::string_view name) noexcept {
    if (const auto fault = text_fault(name)) {
        return fault;
    }
    if (name.find_first_of("+#") != std::string_view::npos) {
        return "it holds a wildcard (+ or #)";
    }
    return std::nullopt;
}

std::optional<std::string_view> topic_filter_fault(std::string_view filter) noexcept {
    if (const auto fault = text_fault(filter)) {
        return fault;
    }
    for (bool last = false; !last;) {
        const auto level = take_level(filter, last);
        if (level.size() > 1 && level.find('+') != std::string_view::npos) {
            return "'+' must stand alone in its level";
        }
        if (level.find('#') != std::string_view::npos && (level.size() > 1 || !last)) {
            return "'#' must stand alone in the last level";
        }
    }
    return std::nullopt;
}

bool topic_matches(std::string_view filter, std::string_view name) noexcept {
    if (name.front() == '$' && filter.front() != '$') {
        return false;
    }
    bool filter_last = false;
    bool name_last = false;
    for (;;) {
        const auto pattern = take_level(filter, filter_last);
        if (pattern == "#") {
            return true;
        }
        const auto level = take_level(name, name_last);
        if (pattern != "+" && pattern != level) {
            return false;
        }
        if (name_last) {
            // "a/#" also matches its parent "a" (§4.7.1.2).
            return filter_last || filter == "#";
        }
        if (filter_last) {
            return false;
        }
    }
}

TopicName::TopicName(std::string text)
    : text_(std::move(text)) {
    if (const auto fault = topic_name_fault(text_)) {
        throw Error(fmt::format("{} is no topic name: {}", quoted(text_), *fault));
    }
}

TopicFilter::TopicFilter(std::string text)
    : text_(std::move(text)) {
    if (const auto fault = topic_filter_fault(text_)) {
        throw Error(fmt::format("{} is no topic filter: {}", quoted(text_), *fault));
    }
}

} // namespace holdfast
