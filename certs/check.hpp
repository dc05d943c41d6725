#pragma once

#include "certs/handles.hpp"
#include "certs/inspect.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::certs {

/// What is wrong, one sentence a fault, each with its cause and what to do; empty when all is well.
using Problems = std::vector<std::string>;

/// "does not belong to the key", or nothing if the certificate is for this key.
std::optional<std::string_view> pair_fault(x509_st& certificate, evp_pkey_st& key);

/// Whether certificate and key belong together. Throws when a file cannot be used at all.
Problems check_pair(const std::filesystem::path& certificate, const std::filesystem::path& key);

/// Everything that a peer which trusts `ca` alone would refuse about `leaf` at `now`: unknown
/// authority, wrong name, dates, purpose. `leaf` may carry intermediate certificates behind the
/// first; `host` is the name or address by which the peer reaches the server, if that matters.
/// Throws when a file cannot be used at all.
Problems check_chain(const std::filesystem::path& leaf, const std::filesystem::path& ca,
                     Purpose purpose, const std::optional<std::string>& host, TimePoint now);

} // namespace holdfast::certs
