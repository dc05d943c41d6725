#pragma once

#include "plugin/limits.hpp"
#include "plugin/network.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// One `topic` or `pattern` line of the policy.
struct PolicyRule {
    enum class Access : std::uint8_t { read, write, readwrite, deny };

    unsigned line;
    Access access;
    std::string filter; ///< a valid topic filter, with %u and %c in it
};

/// One `is`, `clientid` or `from` line.
template <typename T>
struct PolicyLine {
    unsigned line;
    T value;
};

/// All lines of one user or of one role, from however many blocks, in their order.
struct PolicyBlock {
    unsigned line = 0; ///< of its first `user` or `role`
    std::vector<PolicyRule> rules;
    std::vector<PolicyLine<std::string>> roles; ///< of a user: the roles that there are, each once
    std::vector<PolicyLine<std::string>>
        client_ids; ///< with `*` and %u in them (client_id_matches)
    std::vector<PolicyLine<Network>> networks;
    Limits limits;
};

/// What stands in a policy.
struct PolicyFile {
    std::vector<PolicyRule> anonymous; ///< the lines before the first `user` and `role`
    std::vector<PolicyRule> patterns;
    std::map<std::string, PolicyBlock, std::less<>> users;
    std::map<std::string, PolicyBlock, std::less<>> roles;

    /// How many roles one user may have: each costs a search at every decision.
    static constexpr std::size_t most_roles = 32;
};

/// Reads the grammar of Mosquitto's acl_file as Mosquitto 2.0 does: words are separated by blanks
/// (not tabs), a comment has its `#` in the first column, blanks at the end of a line do not count,
/// `topic read` alone names a topic called "read", and a name or filter may have blanks inside.
///
/// Words of our own (docs/plugin.md): `role NAME` begins a block like `user NAME`; below a user
/// `is ROLE`; below either `clientid PATTERN`, `from NETWORK` and `limit …`.
/// Throws InputError(`path`, line) for the first line that it does not understand.
PolicyFile parse_policy(std::string_view text, std::string_view path);

/// Whether `pattern` is the whole client id: `*` stands for any characters or none, %u for the user
/// name, everything else for itself.
bool client_id_matches(std::string_view pattern, std::string_view client_id,
                       std::string_view user) noexcept;

} // namespace holdfast
