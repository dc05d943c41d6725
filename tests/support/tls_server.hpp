#pragma once

#include "certs/chain.hpp"
#include "certs/inspect.hpp"
#include "core/unique_fd.hpp"

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace holdfast::test {

/// A certificate and its key.
struct Made {
    certs::CertificateHandle certificate;
    certs::KeyHandle key;

    std::string pem() const;
};

/// How a server's certificate differs from a good one.
struct Difference {
    std::vector<std::string> names = {"localhost", "127.0.0.1"};
    certs::TimePoint not_before = std::chrono::system_clock::now() - std::chrono::hours(24);
    certs::TimePoint not_after = std::chrono::system_clock::now() + std::chrono::hours(24);
    const char* usage = "serverAuth";
};

/// An authority of that organisation; without an issuer it signs itself. `constraints` in the
/// syntax of x509v3_config(5).
Made make_authority(const std::string& organisation, const std::string& name,
                    const Made* issuer = nullptr, const char* constraints = "critical,CA:TRUE");
Made make_leaf(const Made& issuer, const Difference& difference = {});
/// The public half of one key and the private half of another.
certs::KeyHandle torn_key(const certs::KeyHandle& public_half,
                          const certs::KeyHandle& private_half);

/// What a test's server does.
struct ServerSpec {
    const Made* own = nullptr;             ///< without it, it does not speak TLS
    std::vector<const Made*> behind{};     ///< certificates sent after its own
    const certs::KeyHandle* key = nullptr; ///< in place of its own
    int newest = 0;                        ///< TLS1_1_VERSION…; 0 is any
    std::string ciphers{};
    const Made* clients = nullptr; ///< asks for a certificate that this authority signed
    std::string name{};            ///< the only one it serves
    std::string alpn{};            ///< the only one it serves
    std::string greeting{};        ///< what it says without TLS; then it closes
    bool silent = false;           ///< without TLS: says nothing and keeps the connection
};

/// A server on a loopback port that takes one connection after the other.
class TlsServer {
public:
    explicit TlsServer(ServerSpec spec);
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;
    ~TlsServer();

    std::uint16_t port() const noexcept { return port_; }

private:
    void serve();
    void meet(int connection) const;

    ServerSpec spec_;
    certs::SslContextHandle context_;
    std::uint16_t port_ = 0; // before the socket, which sets it
    UniqueFd socket_;
    UniqueFd stop_;
    std::thread thread_;
};

} // namespace holdfast::test
