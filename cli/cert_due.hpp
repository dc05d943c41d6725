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
    certs::Passphrase passphrase{};
};

/// What a timer does: renews the local broker's certificate when it is due, with the key that it
/// has, and says what a person has to do about the others. Nothing is renewed by a clock that
/// cannot be right. Answers whether nothing is left to do.
bool renew_due(const std::filesystem::path& folder, certs::TimePoint now,
               const DueOptions& options);

} // namespace holdfast::cli
