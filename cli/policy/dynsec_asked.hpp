#pragma once

#include "cli/policy/dynsec_file.hpp"

#include <vector>

namespace holdfast::cli::dynsec {

/// What dynamic-security asks for one client, in its order: the client's roles and then those of
/// its groups, each by falling priority.
struct Asked {
    std::vector<const Role*> roles;
    std::vector<const Acl*> acls;
};

Asked asked_for(const Config& config, const Client& client);
Asked asked_for_anonymous(const Config& config);

} // namespace holdfast::cli::dynsec
