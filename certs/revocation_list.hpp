#pragma once

#include "certs/chain.hpp"
#include "certs/inspect.hpp"

#include <filesystem>
#include <set>
#include <string>

namespace holdfast::certs {

/// Signs what `before` (PEM, or "" for a first list) revokes and `more`. It counts until the
/// authority itself ends: a broker refuses everybody by a list that is out of date.
std::string sign_revocation_list(x509_st& issuer, evp_pkey_st& issuer_key,
                                 const std::string& before, const Certificates& more,
                                 TimePoint now);

/// The serials, as in Description, that a list revokes; none when there is no such file. Throws
/// InputError for one that cannot be read.
std::set<std::string> revoked_serials(const std::filesystem::path& path);

} // namespace holdfast::certs
