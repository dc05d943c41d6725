#pragma once

#include "cli/policy/dynsec_asked.hpp"

#include <map>
#include <string>
#include <vector>

namespace holdfast::cli::dynsec {

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
