#pragma once

#include "cli/policy/dynsec_file.hpp"

#include <string>
#include <vector>

namespace holdfast::cli::dynsec {

struct Conversion {
    std::string users;
    std::string policy;
    /// Where the policy does not decide as dynamic-security did, a sentence each. It is stricter
    /// there, never wider.
    std::vector<std::string> differences;
};

/// Users and a policy under which each client can write, and can read by whatever subscription, the
/// same topics as before.
///
/// dynamic-security asks roles and lines in the order of their priorities; in a policy any deny
/// beats any allow. Where that is the same for everybody who has a role, it becomes a role;
/// otherwise the client gets the lines that decide as its own: a deny that changes nothing is left
/// out, and an allow that an earlier deny covers. `path` is for the policy's head line
/// and for the InputError of a name that no users file can hold.
Conversion convert(const Config& config, std::string_view path);

} // namespace holdfast::cli::dynsec
