#include "certs/tls_session.hpp"

#include "certs/alt_name.hpp"
#include "certs/openssl_error.hpp"
#include "core/text.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/tls1.h>

#include <algorithm>
#include <array>
#include <span>

namespace holdfast::certs {

namespace {

constexpr const char* cannot_begin = "cannot begin a TLS session";

/// Enough to tell what speaks there instead of TLS.
constexpr std::size_t first_bytes_kept = 60;

/// RFC 8446 §5.1: alert and handshake records, by which a server begins.
bool begins_tls(std::string_view bytes) {
    return (bytes[0] == 0x15 || bytes[0] == 0x16) && (bytes.size() < 2 || bytes[1] == 0x03);
}

std::string version_text(int version) {
    switch (version) {
    case TLS1_VERSION:
        return "TLS 1.0";
    case TLS1_1_VERSION:
        return "TLS 1.1";
    case SSL3_VERSION:
        return "SSL 3";
    default:
        return {};
    }
}

/// A list of one protocol, in the writing of RFC 7301 §3.1.
std::string protocol_list(const std::string& name) {
    if (name.size() > 255) {
        throw Error("an application protocol (ALPN) has at most 255 bytes");
    }
    return static_cast<char>(name.size()) + name;
}

std::span<const unsigned char> bytes_of(std::string_view text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

} // namespace

TlsSession::TlsSession(TcpConnection& connection, const std::string& server_name,
                       const std::string& alpn, const std::optional<Identity>& identity)
    : connection_(connection)
    , has_identity_(identity.has_value())
    , context_(expect(SslContextHandle(SSL_CTX_new(TLS_client_method())), cannot_begin)) {
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
    expect(static_cast<int>(SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION)),
           cannot_begin);
    install_callbacks();
    if (identity) {
        present(*identity);
    }
    session_ = expect(SslHandle(SSL_new(context_.get())), cannot_begin);
    SSL_set_app_data(session_.get(), &heard_);
    SSL_set_msg_callback_arg(session_.get(), &heard_);
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(session_.get(), in, out); // takes both
    expect(in != nullptr && out != nullptr ? 1 : 0, cannot_begin);
    ask_for(server_name, alpn);
    SSL_set_connect_state(session_.get());
}

void TlsSession::ask_for(std::string server_name, const std::string& alpn) {
    if (AltName(server_name).kind() == AltName::Kind::dns) {
        expect(static_cast<int>(SSL_ctrl(session_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
                                         TLSEXT_NAMETYPE_host_name, server_name.data())),
               cannot_begin);
    }
    if (!alpn.empty()) {
        const auto list = protocol_list(alpn);
        const auto bytes = bytes_of(list);
        const int refused =
            SSL_set_alpn_protos(session_.get(), bytes.data(), static_cast<unsigned>(bytes.size()));
        expect(refused == 0 ? 1 : 0, cannot_begin);
    }
}

void TlsSession::install_callbacks() {
    SSL_CTX_set_cert_cb(
        context_.get(),
        [](SSL* session, void*) {
            static_cast<Heard*>(SSL_get_app_data(session))->certificate_wanted = true;
            return 1;
        },
        nullptr);
    SSL_CTX_set_session_cache_mode(context_.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(context_.get(), [](SSL* session, SSL_SESSION*) {
        static_cast<Heard*>(SSL_get_app_data(session))->ticket = true;
        return 0;
    });
    SSL_CTX_set_msg_callback(context_.get(), [](int sent, int, int type, const void* data,
                                                std::size_t size, SSL*, void* heard) {
        const std::span bytes(static_cast<const unsigned char*>(data), size);
        // RFC 8446 §4.1.3: type, three bytes of length, version.
        if (sent == 0 && type == SSL3_RT_HANDSHAKE && size > 5 &&
            bytes[0] == SSL3_MT_SERVER_HELLO) {
            static_cast<Heard*>(heard)->version = bytes[4] << 8 | bytes[5];
        }
    });
}

void TlsSession::present(const Identity& identity) {
    const auto& chain = identity.chain;
    expect(SSL_CTX_use_certificate(context_.get(), chain.front().get()),
           "our certificate cannot be used");
    for (auto other = chain.begin() + 1; other != chain.end(); ++other) {
        expect(static_cast<int>(SSL_CTX_add1_chain_cert(context_.get(), other->get())),
               "our certificate cannot be used");
    }
    expect(SSL_CTX_use_PrivateKey(context_.get(), identity.key.get()), "our key cannot be used");
}

std::optional<ProbeFinding> TlsSession::shake_hands(Deadline deadline) {
    for (;;) {
        ERR_clear_error();
        const int result = SSL_do_handshake(session_.get());
        const int error = SSL_get_error(session_.get(), result);
        send(deadline);
        if (result == 1) {
            return std::nullopt;
        }
        if (error != SSL_ERROR_WANT_READ) {
            return failed();
        }
        if (auto finding = receive(deadline)) {
            return finding;
        }
    }
}

std::optional<ProbeFinding> TlsSession::hear_verdict(Deadline deadline) {
    if (!heard_.certificate_wanted || SSL_version(session_.get()) != TLS1_3_VERSION) {
        return std::nullopt;
    }
    while (!heard_.ticket) {
        ERR_clear_error();
        char byte = 0;
        const int result = SSL_read(session_.get(), &byte, 1);
        if (result == 1) {
            break;
        }
        if (SSL_get_error(session_.get(), result) != SSL_ERROR_WANT_READ) {
            return failed();
        }
        if (heard_.ticket) {
            break;
        }
        if (auto finding = receive(deadline)) {
            return finding->fault == ProbeFault::timed_out ? std::nullopt : finding;
        }
    }
    return std::nullopt;
}

void TlsSession::send(Deadline deadline) {
    std::array<char, 4096> buffer{};
    for (;;) {
        const int size = BIO_read(SSL_get_wbio(session_.get()), buffer.data(), buffer.size());
        if (size <= 0) {
            return;
        }
        // A server that is gone may have left an alert, which says more than this would.
        connection_.send({buffer.data(), static_cast<std::size_t>(size)}, deadline);
    }
}

std::optional<ProbeFinding> TlsSession::receive(Deadline deadline) {
    std::array<char, 4096> buffer{};
    std::size_t size = 0;
    switch (connection_.receive(buffer, size, deadline)) {
    case TcpFault::none:
        break;
    case TcpFault::timed_out:
        return ProbeFinding{ProbeFault::timed_out};
    default:
        return ended();
    }
    if (size == 0) {
        return ended();
    }
    auto& first = heard_.first_bytes;
    first.append(buffer.data(), std::min(size, first_bytes_kept - first.size()));
    if (!begins_tls(first)) {
        return ProbeFinding{ProbeFault::not_tls, first.substr(0, first.find_first_of("\r\n"))};
    }
    expect(BIO_write(SSL_get_rbio(session_.get()), buffer.data(), static_cast<int>(size)),
           cannot_begin);
    return std::nullopt;
}

ProbeFinding TlsSession::ended() const {
    if (heard_.first_bytes.empty()) {
        return {ProbeFault::not_tls};
    }
    if (heard_.certificate_wanted) {
        return {has_identity_ ? ProbeFault::client_certificate_refused
                              : ProbeFault::client_certificate_missing};
    }
    return {ProbeFault::closed};
}

ProbeFinding TlsSession::failed() const {
    // The last word is that of TLS: since OpenSSL 3.6 what a provider says comes before it.
    const auto code = ERR_peek_last_error();
    const int reason = ERR_GET_REASON(code);
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET) {
        ERR_clear_error();
        return refused(reason - SSL_AD_REASON_OFFSET);
    }
    const auto words = take_openssl_reasons();
    switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_VERSION_TOO_LOW:
        return {ProbeFault::too_old, version_text(heard_.version)};
    case SSL_R_BAD_SIGNATURE:
        return {ProbeFault::wrong_key};
    default:
        return {ProbeFault::other, words};
    }
}

/// By the server's own words, RFC 8446 §6.2.
ProbeFinding TlsSession::refused(int alert) const {
    const bool wanted = heard_.certificate_wanted;
    const std::string words = SSL_alert_desc_string_long(alert);
    switch (alert) {
    case SSL_AD_PROTOCOL_VERSION:
        return {ProbeFault::too_old, version_text(heard_.version)};
    case SSL_AD_UNRECOGNIZED_NAME:
        return {ProbeFault::server_name_unknown};
    case SSL_AD_NO_APPLICATION_PROTOCOL:
        return {ProbeFault::application_protocol_refused};
    case TLS13_AD_CERTIFICATE_REQUIRED:
        return {ProbeFault::client_certificate_missing};
    case SSL_AD_INSUFFICIENT_SECURITY:
        return {ProbeFault::unlike};
    default:
        break;
    }
    if (wanted) {
        return has_identity_ ? ProbeFinding{ProbeFault::client_certificate_refused, words}
                             : ProbeFinding{ProbeFault::client_certificate_missing};
    }
    return alert == SSL_AD_HANDSHAKE_FAILURE ? ProbeFinding{ProbeFault::unlike}
                                             : ProbeFinding{ProbeFault::other, words};
}

Certificates TlsSession::chain() const {
    Certificates chain;
    auto* const sent = SSL_get_peer_cert_chain(session_.get());
    for (int i = 0; i < sk_X509_num(sent); ++i) {
        auto* const certificate = sk_X509_value(sent, i);
        X509_up_ref(certificate);
        chain.emplace_back(certificate);
    }
    return chain;
}

std::string TlsSession::protocol() const {
    return SSL_get_version(session_.get());
}

std::string TlsSession::cipher() const {
    return SSL_get_cipher_name(session_.get());
}

std::string TlsSession::alpn() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(session_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

} // namespace holdfast::certs
