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
    bool pattern;                    ///< with %u and %c filled in; without a user for everybody
    std::optional<std::string> user; ///< whose rule it is; none for a pattern of everybody, and for
                                     ///< the lines before the first `user`, for the anonymous
};

/// Reads the grammar of Mosquitto's acl_file as Mosquitto 2.0 does: words are separated by blanks
/// (not tabs), a comment has its `#` in the first column, blanks at the end of a line do not count,
/// `topic read` alone names a topic called "read", and a name or filter may have blanks inside.
///
/// Two words more: lines below `role NAME` are for the users that have a line `is NAME` below their
/// `user`, as if they stood there themselves, except that %u and %c are filled in. They come out as
/// rules of each such user, with the role's line. Rules come in the order of their lines.
/// Throws InputError(`path`, line) for the first line that it does not understand.
std::vector<PolicyRule> parse_policy(std::string_view text, std::string_view path);

} // namespace holdfast
