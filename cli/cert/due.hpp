#pragma once

#include "certs/authority.hpp"
#include "certs/expiry.hpp"

#include <chrono>
#include <filesystem>

namespace holdfast::cli {

struct DueOptions {
    std::chrono::days within;
    std::chrono::days lifetime;
    std::chrono::seconds receipt_limit; ///< how long a new bridge certificate has to prove itself
    certs::Passphrase passphrase{};
};

/// What a timer does for this appliance: renews the certificates of the local broker
/// and, where the cloud's authority is here, of the bridge when they are due, with the keys that
/// they have, and says what a person has to do about the others. Nothing is renewed by a clock that
/// cannot be right. Answers whether nothing is left to do.
bool renew_due(const std::filesystem::path& appliance, certs::TimePoint now,
               const DueOptions& options);

} // namespace holdfast::cli
