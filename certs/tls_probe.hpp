#pragma once

#include "certs/inspect.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::certs {

/// The steps of a TLS connection, in their order.
enum class ProbeStep {
    look_up,   ///< the host's name becomes addresses
    connect,   ///< TCP
    handshake, ///< TLS
    judge,     ///< whether the server is who it should be
    done,      ///< nothing is wrong
};

/// What can be wrong.
enum class ProbeFault {
    name_unknown,
    name_server_silent,
    refused,
    unreachable,
    timed_out, ///< at the step reached
    closed,    ///< the server ended the connection during the handshake
    not_tls,   ///< detail: what it said, or nothing when it closed at our first word
    too_old,   ///< no TLS 1.2 or later; detail: the version it offers, where it says so
    unlike,    ///< no cipher or curve in common
    unknown_authority,
    incomplete_chain, ///< a certificate between the server's and the authority is missing
    wrong_name,
    expired,                      ///< detail: whose
    not_yet_valid,                ///< detail: whose
    wrong_usage,                  ///< not a server's certificate
    wrong_key,                    ///< the server has not the key to the certificate that it shows
    bad_chain,                    ///< detail: OpenSSL's words
    client_certificate_missing,   ///< it asks for ours and we have none
    client_certificate_refused,   ///< detail: its reason
    server_name_unknown,          ///< it serves no such name
    application_protocol_refused, ///< no ALPN in common
    other,                        ///< detail: OpenSSL's words
};

/// What our own clock is worth against the dates of certificates.
struct ProbeClock {
    TimePoint now;
    bool synchronised;
};
ProbeClock probe_clock();

struct ProbeTarget {
    std::string host; ///< DNS name or address
    std::uint16_t port = 8883;
    /// Trusted authorities; what the system trusts if empty.
    std::filesystem::path ca{};
    /// Ours, both or none: a TLS client certificate and its key.
    std::filesystem::path certificate{};
    std::filesystem::path key{};
    /// Asked for (SNI) and looked for in the certificate; `host` if empty.
    std::string server_name{};
    std::string alpn{};                      ///< the application protocol to ask for; none if empty
    std::chrono::milliseconds limit{10'000}; ///< for all of it
    /// How long a server that wanted our certificate has to refuse it: with TLS 1.3 it looks at it
    /// only after the handshake.
    std::chrono::milliseconds verdict_patience{2'000};
    ProbeClock clock = probe_clock();
};

struct ProbeFinding {
    ProbeFault fault;
    std::string detail{};
};

/// What happened.
struct ProbeResult {
    /// Where it ended: `done`, or the step that failed. At `judge` TLS itself worked.
    ProbeStep reached = ProbeStep::look_up;
    /// All that is wrong, the most telling first; empty when all is well.
    std::vector<ProbeFinding> findings{};
    std::string address{};  ///< that was connected to, or tried last
    std::string protocol{}; ///< e.g. `TLSv1.3`
    std::string cipher{};
    std::string alpn{};                     ///< that the server took
    bool client_certificate_wanted = false; ///< the server asked for ours
    std::vector<Description> chain{};       ///< as the server sent it, its own first
    std::vector<Description> authorities{}; ///< in the target's CA file
    /// Our clock cannot be right, or is probably not: the dates say nothing until it is.
    bool clock_wrong = false;
    bool clock_doubtful = false;

    bool fine() const noexcept { return findings.empty(); }
    bool has(ProbeFault fault) const noexcept;
};

/// Connects, shakes hands and judges the server, in at most `limit`; sends nothing beyond the
/// handshake. Whatever the network and the server do is a result. Throws InputError or SystemError
/// when our own files cannot be used (also: a certificate that is not the key's), and Error when
/// the name to look for is none.
ProbeResult probe_tls(const ProbeTarget& target);

} // namespace holdfast::certs
