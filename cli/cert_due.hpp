#pragma once

#include "certs/authority.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::cli {

/// A certificate that ends soon, or has ended.
struct Due {
    std::string name;
    certs::Description certificate;
};

/// Those in the folder that end within `within` of `now` and are not revoked, the authority's own
/// first.
std::vector<Due> due_certificates(const std::filesystem::path& folder, certs::TimePoint now,
                                  std::chrono::days within);

/// Why `now` cannot be right: it lies before what this folder's authority has signed, or before
/// anything could be. Empty when nothing speaks against it.
std::string clock_fault(const std::filesystem::path& folder, certs::TimePoint now);

struct DueOptions {
    std::chrono::days within;
    std::chrono::days lifetime;
    std::chrono::seconds receipt_limit; ///< how long a new bridge certificate has to prove itself
    certs::Passphrase passphrase{};
};

/// What a timer does for the appliance in `folder`: renews the certificates of the local broker
/// and, where the cloud's authority is here, of the bridge when they are due, with the keys that
/// they have, and says what a person has to do about the others. Nothing is renewed by a clock that
/// cannot be right. Answers whether nothing is left to do.
bool renew_due(const std::filesystem::path& folder, certs::TimePoint now,
               const DueOptions& options);

} // namespace holdfast::cli
