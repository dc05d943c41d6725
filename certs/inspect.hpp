#pragma once

#include "certs/handles.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::certs {

using TimePoint = std::chrono::system_clock::time_point;

/// A clock before this has not been set since boot.
inline constexpr TimePoint earliest_credible =
    std::chrono::sys_days(std::chrono::year(2024) / 1 / 1);

/// What the holder of a certificate may be in a TLS connection.
enum class Purpose { server, client };

/// What a certificate says of itself; nothing of it is verified here (certs/check.hpp does that).
struct Description {
    std::string subject; ///< common name; the whole distinguished name (RFC 4514) where it has none
    std::string issuer;  ///< likewise
    std::vector<std::string> names; ///< the DNS names and addresses of its subjectAltName
    TimePoint not_before;
    TimePoint not_after;
    bool authority; ///< may sign certificates
    bool for_server;
    bool for_client;
    std::string serial;      ///< hexadecimal
    std::string fingerprint; ///< SHA-256 of the DER form: `AB:CD:…`
};

Description describe(x509_st& certificate);

/// The first certificate of a file. Throws as load_certificates does.
Description describe(const std::filesystem::path& path);

/// `2026-11-21 05:00 UTC`
std::string utc_text(TimePoint time);

} // namespace holdfast::certs
