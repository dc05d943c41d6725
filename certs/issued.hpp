#pragma once

#include "certs/chain.hpp"
#include "certs/inspect.hpp"

#include <filesystem>
#include <string>

namespace holdfast::certs {

/// What an authority has signed and what has not expired, in `folder/issued.pem`: the oldest
/// first, also what was replaced since, so that it can be revoked. Empty without such a file.
Certificates issued(const std::filesystem::path& folder);

/// Adds a certificate, and drops what has expired at `now`.
void record_issued(const std::filesystem::path& folder, const std::string& certificate_pem,
                   TimePoint now);

} // namespace holdfast::certs
