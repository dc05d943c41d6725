#pragma once

#include "certs/authority.hpp"

#include <optional>
#include <string>

namespace holdfast::test {

/// A TLS server and a client that meet in memory.
struct TlsMeeting {
    certs::Credentials server;
    std::string trusted_by_client; ///< PEM
    std::string host;              ///< the name or address that the client wants to reach
    certs::TimePoint now;
    std::optional<certs::Credentials> client = {}; ///< the server asks for one if set
    std::string trusted_by_server = {};            ///< PEM
};

/// Runs the whole handshake with full verification (also X509_V_FLAG_X509_STRICT) and one byte of
/// data each way; "" on success, otherwise the first verification error in OpenSSL's words.
std::string meet(const TlsMeeting& meeting);

} // namespace holdfast::test
