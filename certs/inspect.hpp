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

/// The clock of a Pi that was off may be behind by hours until it is synchronised, and devices on
/// site may never be: what is signed just now must not be "not yet valid" for them.
inline constexpr std::chrono::days clock_allowance(1);

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

/// A serial number in hexadecimal, as in a Description.
std::string serial_text(const asn1_string_st& serial);

/// The first certificate of a file. Throws as load_certificates does.
Description describe(const std::filesystem::path& path);

/// `2026-11-21 05:00 UTC`
std::string utc_text(TimePoint time);

} // namespace holdfast::certs
