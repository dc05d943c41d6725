#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// One `topic` or `pattern` line of the policy.
struct PolicyRule {
    enum class Access { read, write, readwrite, deny };

    unsigned line;
    Access access;
    std::string filter;              ///< a valid topic filter; a pattern's has %u and %c in it
    bool pattern;                    ///< for everybody, with %u and %c filled in
    std::optional<std::string> user; ///< of the block it is in; none for a pattern, and for the
                                     ///< lines before the first `user`, which are for the anonymous
};

/// Reads the grammar of Mosquitto's acl_file as Mosquitto 2.0 does: words are separated by blanks
/// (not tabs), a comment has its `#` in the first column, blanks at the end of a line do not count,
/// `topic read` alone names a topic called "read", and a name or filter may have blanks inside.
/// Throws InputError(`path`, line) for the first line that it does not understand.
std::vector<PolicyRule> parse_policy(std::string_view text, std::string_view path);

} // namespace holdfast
