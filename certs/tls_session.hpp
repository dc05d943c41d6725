#pragma once

#include "certs/chain.hpp"
#include "certs/tcp_connection.hpp"
#include "certs/tls_probe.hpp"

#include <optional>
#include <string>

namespace holdfast::certs {

/// Our certificate and its key.
struct Identity {
    Certificates chain;
    KeyHandle key;
};

/// The client's end of one TLS handshake, which trusts nobody and everybody: who the server is
/// gets judged afterwards, so that every fault is found and not only the first.
class TlsSession {
public:
    /// Asks for `server_name` (SNI) unless it is an address.
    TlsSession(TcpConnection& connection, const std::string& server_name, const std::string& alpn,
               const std::optional<Identity>& identity);

    /// What went wrong, if anything did.
    std::optional<ProbeFinding> shake_hands(Deadline deadline);
    /// With TLS 1.3 the handshake ends for us before the server has looked at our certificate:
    /// waits until it shows what it thinks of it: one that is content with a session ticket, one
    /// that is not with an alert. Some send no tickets: silence is consent.
    std::optional<ProbeFinding> hear_verdict(Deadline deadline);

    /// As the server sent it, its own first; empty before it sent any.
    Certificates chain() const;
    std::string protocol() const;
    std::string cipher() const;
    std::string alpn() const;
    bool certificate_wanted() const noexcept { return heard_.certificate_wanted; }

private:
    struct Heard {
        bool certificate_wanted = false;
        bool ticket = false;
        int version = 0; ///< that the server chose
        std::string first_bytes{};
    };

    void ask_for(std::string server_name, const std::string& alpn);
    void install_callbacks();
    void present(const Identity& identity);
    std::optional<ProbeFinding> receive(Deadline deadline);
    void send(Deadline deadline);
    ProbeFinding ended() const;
    ProbeFinding failed() const;
    ProbeFinding refused(int alert) const;

    TcpConnection& connection_;
    bool has_identity_;
    Heard heard_;
    SslContextHandle context_;
    SslHandle session_;
};

} // namespace holdfast::certs
