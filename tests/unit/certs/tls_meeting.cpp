#include "unit/certs/tls_meeting.hpp"

#include "certs/alt_name.hpp"
#include "certs/handles.hpp"
#include "certs/openssl_error.hpp"
#include "certs/pem.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace holdfast::test {

namespace {

using namespace holdfast::certs;

void show(SSL_CTX& context, const Credentials& credentials) {
    const auto chain =
        parse_certificates(credentials.certificate_pem, "certificate", Remedy::issue_again);
    const auto key = parse_key(credentials.key_pem, "key", Remedy::issue_again);
    expect(SSL_CTX_use_certificate(&context, chain.front().get()), "certificate");
    expect(SSL_CTX_use_PrivateKey(&context, key.get()), "key");
}

void trust(SSL_CTX& context, const std::string& authority_pem, TimePoint now) {
    const auto authorities = parse_certificates(authority_pem, "ca", Remedy::issue_again);
    for (const auto& authority : authorities) {
        expect(X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), authority.get()), "ca");
    }
    auto* parameters = SSL_CTX_get0_param(&context);
    X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(now));
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

void want_host(SSL& session, const std::string& host) {
    SSL_set_hostflags(&session, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (AltName(host).kind() == AltName::Kind::address) {
        expect(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&session), host.c_str()), host);
    } else {
        expect(SSL_set1_host(&session, host.c_str()), host);
    }
}

/// Whether the session goes on: it is done, or waits for the other side.
bool step(SSL& session) {
    const int result = SSL_do_handshake(&session);
    return result == 1 || SSL_get_error(&session, result) == SSL_ERROR_WANT_READ;
}

bool say(SSL& from, SSL& to) {
    char heard = 0;
    return SSL_write(&from, "x", 1) == 1 && SSL_read(&to, &heard, 1) == 1 && heard == 'x';
}

std::string verdict(SSL& client, SSL& server) {
    for (auto* session : {&client, &server}) {
        if (const auto result = SSL_get_verify_result(session); result != X509_V_OK) {
            return X509_verify_cert_error_string(result);
        }
    }
    return take_openssl_reasons();
}

} // namespace

std::string meet(const TlsMeeting& meeting) {
    const auto server_context =
        expect(SslContextHandle(SSL_CTX_new(TLS_server_method())), "server");
    const auto client_context =
        expect(SslContextHandle(SSL_CTX_new(TLS_client_method())), "client");
    show(*server_context, meeting.server);
    trust(*client_context, meeting.trusted_by_client, meeting.now);
    if (meeting.client) {
        show(*client_context, *meeting.client);
        trust(*server_context, meeting.trusted_by_server, meeting.now);
    }
    const auto server = expect(SslHandle(SSL_new(server_context.get())), "server");
    const auto client = expect(SslHandle(SSL_new(client_context.get())), "client");
    BIO* near_end = nullptr;
    BIO* far_end = nullptr;
    expect(BIO_new_bio_pair(&near_end, 0, &far_end, 0), "pair");
    SSL_set_bio(client.get(), near_end, near_end);
    SSL_set_bio(server.get(), far_end, far_end);
    want_host(*client, meeting.host);
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());

    ERR_clear_error();
    constexpr int max_flights = 10;
    bool fine = true;
    for (int i = 0; i < max_flights && fine; ++i) {
        fine = step(*client) && step(*server);
    }
    if (fine && say(*client, *server) && say(*server, *client)) {
        return {};
    }
    return verdict(*client, *server);
}

} // namespace holdfast::test
