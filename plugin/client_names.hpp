#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// Who asks, and what %u and %c in a level of a rule stand for: the user name and the client id, if
/// they can stand for exactly one level. A client without a user name is anonymous.
struct ClientNames {
    std::optional<std::string_view> user;
    std::string_view client;

    /// Whether the name can stand for exactly one level, and not for a `$` topic.
    static bool fits_a_level(std::string_view name) noexcept;
    /// Whether a level of a rule has %u or %c in it.
    static bool has_placeholder(std::string_view level) noexcept;

    /// Whether `rule_level` with its placeholders filled in is `level`. Does not allocate.
    bool make(std::string_view rule_level, std::string_view level) const noexcept;
    /// Nothing where a name does not fit.
    std::optional<std::string> fill_in(std::string_view rule_level) const;
};

} // namespace holdfast
