#pragma once

#include "plugin/policy_file.hpp"
#include "plugin/users.hpp"

#include <string>
#include <vector>

namespace holdfast::cli {

/// Something in the policy or the users file that is surely not meant.
struct Finding {
    enum class File { policy, users };

    File file;
    unsigned line; ///< of the policy; 0 in the users file, where `user` says it
    std::string user;
    std::string reason;
};

/// Looks for
///
/// - rules that never decide: the broker never asks about their topics, their placeholder is never
///   filled in, a deny in the same place takes all of it, or an earlier rule allows all of it
/// - rules that open everything, unless they are the daemon's
/// - users without rules, users of the policy that are not in the users file, roles without users
///
/// What a user's own deny takes of a role's rules is meant, and no finding. In the order of lines.
std::vector<Finding> check_policy(const PolicyFile& policy, const Users& users);

} // namespace holdfast::cli
