#pragma once

#include "cli/policy/dynsec_file.hpp"

#include <map>
#include <string>
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

/// Lines of a policy: deny beats allow, in any order.
struct Rules {
    struct Allow {
        bool read = false;
        bool write = false;
    };

    std::map<std::string, Allow> allows;
    std::vector<std::string> denies;
    std::vector<std::string> differences; ///< where they are stricter than what was asked
};

/// The same lines for everybody who has the role, whatever else they have.
Rules rules_of(const Role& role);
/// Whether the roles' own rules_of(), put together, decide as what is asked in order.
bool order_is_free(const Asked& asked, const Config::Defaults& defaults);
/// What is asked in order as lines without order.
Rules rules_in_order(const Asked& asked, const Config::Defaults& defaults);

} // namespace holdfast::cli::dynsec
