#include "core/topic_filters.hpp"

#include "core/text.hpp"

#include <cstddef>

namespace holdfast {

namespace {

/// Both begin below a wildcard and `$`, which share nothing.
bool apart_at_front(std::string_view one, std::string_view other) {
    const auto wild = [](std::string_view filter) {
        return filter.starts_with('+') || filter.starts_with('#');
    };
    return (wild(one) && other.starts_with('$')) || (wild(other) && one.starts_with('$'));
}

/// The level that both allow.
std::optional<std::string_view> levels_meet(std::string_view one, std::string_view other) {
    if (one == "+" || one == other) {
        return other;
    }
    return other == "+" ? std::optional(one) : std::nullopt;
}

} // namespace

std::optional<std::string> filters_meet(std::string_view one, std::string_view other) {
    if (apart_at_front(one, other)) {
        return std::nullopt;
    }
    const auto a = split(one, '/');
    const auto b = split(other, '/');
    std::string meeting;
    const auto append = [&meeting](std::string_view level, std::size_t at) {
        meeting.append(at > 0 ? "/" : "").append(level);
    };
    for (std::size_t at = 0;; ++at) {
        const auto& rest_of = at < a.size() && a[at] == "#" ? b : a;
        const bool open = (at < a.size() && a[at] == "#") || (at < b.size() && b[at] == "#");
        if (open) {
            // `x/#` has `x` as well, so the other one may end before this level.
            for (; at < rest_of.size(); ++at) {
                append(rest_of[at], at);
            }
            return meeting;
        }
        if (at == a.size() || at == b.size()) {
            return a.size() == b.size() ? std::optional(meeting) : std::nullopt;
        }
        const auto level = levels_meet(a[at], b[at]);
        if (!level) {
            return std::nullopt;
        }
        append(*level, at);
    }
}

bool filter_covers(std::string_view wide, std::string_view narrow) {
    // Every topic has a first level: these two are the same.
    const auto filter = narrow == "#" ? std::string_view("+/#") : narrow;
    return filters_meet(wide, filter) == filter;
}

} // namespace holdfast
