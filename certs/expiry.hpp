#pragma once

#include "certs/inspect.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::certs {

/// A certificate that ends soon, or has ended.
struct Due {
    std::string name; ///< its file's, without `.crt`
    Description certificate;
};

/// Those in the folder that end within `within` of `now` and are not revoked, the authority's own
/// first.
std::vector<Due> due_certificates(const std::filesystem::path& folder, TimePoint now,
                                  std::chrono::days within);

/// From when on it is said that a certificate ends.
inline constexpr std::chrono::days soon(30);

/// How urgent it is that a certificate is renewed: at 30, 14 and 3 days.
enum class Urgency { notice, warning, alarm };
Urgency urgency(const Description& certificate, TimePoint now);

/// The newest time that the authority in this folder knows of, by what it signed; a clock without a
/// battery may start before it. Not before `earliest_credible`.
TimePoint last_known_time(const std::filesystem::path& folder);

/// Why `now` cannot be right: it lies before what this folder's authority has signed, or before
/// anything could be. Empty when nothing speaks against it.
std::string clock_fault(const std::filesystem::path& folder, TimePoint now);

} // namespace holdfast::certs
