#include "support/tls_server.hpp"

#include "certs/certificate_builder.hpp"
#include "certs/openssl_error.hpp"
#include "certs/pem.hpp"
#include "core/error.hpp"

#include <netinet/in.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <csignal>

namespace holdfast::test {

namespace {

using certs::expect;

constexpr const char* cannot_serve = "cannot make a TLS server";

struct ParamsFree {
    void operator()(OSSL_PARAM_BLD* builder) const noexcept { OSSL_PARAM_BLD_free(builder); }
    void operator()(OSSL_PARAM* params) const noexcept { OSSL_PARAM_free(params); }
};

certs::BignumHandle private_number(const certs::KeyHandle& key) {
    BIGNUM* number = nullptr;
    expect(EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number), cannot_serve);
    return certs::BignumHandle(number);
}

int only_name(SSL* session, int*, void* spec) {
    const char* asked = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    const auto& name = static_cast<const ServerSpec*>(spec)->name;
    return asked != nullptr && name != asked ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_OK;
}

int only_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                  const unsigned char* asked, unsigned asked_size, void* spec) {
    const auto& protocol = static_cast<const ServerSpec*>(spec)->alpn;
    const std::string_view list(reinterpret_cast<const char*>(asked), asked_size);
    const auto at = list.find(static_cast<char>(protocol.size()) + protocol);
    if (at == std::string_view::npos) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *chosen = asked + at + 1;
    *size = static_cast<unsigned char>(protocol.size());
    return SSL_TLSEXT_ERR_OK;
}

void ask_clients(SSL_CTX& context, const Made& authority) {
    expect(X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), authority.certificate.get()),
           cannot_serve);
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

certs::SslContextHandle make_context(ServerSpec& spec) {
    auto context = expect(certs::SslContextHandle(SSL_CTX_new(TLS_server_method())), cannot_serve);
    const auto ciphers =
        spec.newest != 0 && spec.newest < TLS1_2_VERSION ? "DEFAULT:@SECLEVEL=0" : spec.ciphers;
    if (!ciphers.empty()) {
        expect(SSL_CTX_set_cipher_list(context.get(), ciphers.c_str()), cannot_serve);
    }
    if (spec.newest != 0) {
        SSL_CTX_set_min_proto_version(context.get(), 0);
        SSL_CTX_set_max_proto_version(context.get(), spec.newest);
    }
    expect(SSL_CTX_use_certificate(context.get(), spec.own->certificate.get()), cannot_serve);
    for (const auto* other : spec.behind) {
        SSL_CTX_add1_chain_cert(context.get(), other->certificate.get());
    }
    const auto& key = spec.key != nullptr ? *spec.key : spec.own->key;
    expect(SSL_CTX_use_PrivateKey(context.get(), key.get()), cannot_serve);
    if (spec.clients != nullptr) {
        ask_clients(*context, *spec.clients);
    }
    if (!spec.name.empty()) {
        SSL_CTX_callback_ctrl(context.get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                              reinterpret_cast<void (*)()>(only_name));
        SSL_CTX_set_tlsext_servername_arg(context.get(), &spec);
    }
    if (!spec.alpn.empty()) {
        SSL_CTX_set_alpn_select_cb(context.get(), only_protocol, &spec);
    }
    return context;
}

UniqueFd listen_on_loopback(std::uint16_t& port) {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket.get(), generic, length) != 0 || ::listen(socket.get(), 16) != 0 ||
        ::getsockname(socket.get(), generic, &length) != 0) {
        throw_errno(cannot_serve);
    }
    port = ntohs(address.sin_port);
    return socket;
}

} // namespace

std::string Made::pem() const {
    return certs::to_pem(*certificate);
}

Made make_authority(const std::string& organisation, const std::string& name, const Made* issuer,
                    const char* constraints) {
    auto key = certs::new_key();
    certs::CertificateBuilder builder;
    builder.subject("O", organisation);
    builder.subject("CN", name);
    const auto now = std::chrono::system_clock::now();
    builder.validity(now - std::chrono::hours(48), now + std::chrono::hours(48));
    builder.public_key(*key);
    if (issuer == nullptr) {
        builder.issued_by_itself();
    } else {
        builder.issued_by(*issuer->certificate);
    }
    builder.extension(NID_basic_constraints, constraints);
    builder.extension(NID_key_usage, "critical,keyCertSign,cRLSign");
    builder.extension(NID_subject_key_identifier, "hash");
    auto certificate = std::move(builder).sign(issuer == nullptr ? *key : *issuer->key);
    return {std::move(certificate), std::move(key)};
}

Made make_leaf(const Made& issuer, const Difference& difference) {
    auto key = certs::new_key();
    certs::CertificateBuilder builder;
    builder.subject("CN", "a server");
    builder.validity(difference.not_before, difference.not_after);
    builder.public_key(*key);
    builder.issued_by(*issuer.certificate);
    builder.extension(NID_basic_constraints, "critical,CA:FALSE");
    builder.extension(NID_ext_key_usage, difference.usage);
    builder.extension(NID_authority_key_identifier, "keyid:always");
    std::vector<certs::AltName> names;
    for (const auto& name : difference.names) {
        names.emplace_back(name);
    }
    builder.alt_names(names);
    return {std::move(builder).sign(*issuer.key), std::move(key)};
}

certs::KeyHandle torn_key(const certs::KeyHandle& public_half,
                          const certs::KeyHandle& private_half) {
    std::array<unsigned char, 133> point{};
    std::size_t size = 0;
    expect(EVP_PKEY_get_octet_string_param(public_half.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                           point.size(), &size),
           cannot_serve);
    const auto number = private_number(private_half);
    const std::unique_ptr<OSSL_PARAM_BLD, ParamsFree> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), size);
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get());
    const std::unique_ptr<OSSL_PARAM, ParamsFree> params(OSSL_PARAM_BLD_to_param(builder.get()));
    const certs::KeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    expect(EVP_PKEY_fromdata_init(context.get()), cannot_serve);
    expect(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()), cannot_serve);
    return certs::KeyHandle(key);
}

TlsServer::TlsServer(ServerSpec spec)
    : spec_(std::move(spec))
    , socket_(listen_on_loopback(port_))
    , stop_(::eventfd(0, EFD_CLOEXEC)) {
    std::signal(SIGPIPE, SIG_IGN);
    if (spec_.own != nullptr) {
        context_ = make_context(spec_);
    }
    thread_ = std::thread([this] { serve(); });
}

TlsServer::~TlsServer() {
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
}

void TlsServer::serve() {
    std::array<pollfd, 2> waited{pollfd{socket_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
    while (::poll(waited.data(), waited.size(), -1) >= 0 && waited[1].revents == 0) {
        const UniqueFd connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (connection) {
            meet(connection.get());
        }
    }
}

void TlsServer::meet(int connection) const {
    std::array<char, 4096> buffer{};
    if (context_) {
        const certs::SslHandle session(SSL_new(context_.get()));
        SSL_set_fd(session.get(), connection);
        if (SSL_accept(session.get()) == 1) {
            SSL_read(session.get(), buffer.data(), buffer.size());
        }
        ERR_clear_error();
        ::shutdown(connection, SHUT_WR);
        // What the client still says is read, or the kernel would answer it with a reset, which
        // takes an alert on its way with it.
        while (::recv(connection, buffer.data(), buffer.size(), 0) > 0) {
        }
        return;
    }
    ::recv(connection, buffer.data(), buffer.size(), 0);
    ::send(connection, spec_.greeting.data(), spec_.greeting.size(), MSG_NOSIGNAL);
    if (spec_.silent) {
        ::recv(connection, buffer.data(), buffer.size(), 0); // until the client has gone
    }
}

} // namespace holdfast::test
