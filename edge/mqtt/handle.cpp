#include "edge/mqtt/handle.hpp"

#include "certs/handles.hpp"
#include "core/error.hpp"
#include "core/unique_fd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <mosquitto.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace holdfast::mqtt {

namespace {

const char* text_or_null(const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
}

// libmosquitto says only "invalid arguments" of a file that it cannot read.
void require_readable(const std::string& path, std::string_view what) {
    if (!path.empty() && !UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC))) {
        throw_errno(fmt::format("cannot read {} {}", what, path));
    }
}

/// In place of X509_verify_cert(): the time that is set is only the earliest that counts. Name and
/// chain are OpenSSL's to judge: libmosquitto 2.0's own callback refuses every certificate in a
/// context that is not its own.
int verify_by_clock(X509_STORE_CTX* store, void*) {
    const auto now = std::time(nullptr);
    if (now > X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(store))) {
        X509_STORE_CTX_set_time(store, 0, now);
    }
    X509_STORE_CTX_set_verify_cb(store, [](int fine, X509_STORE_CTX*) { return fine; });
    return X509_verify_cert(store);
}

/// Everything else of the context libmosquitto sets as usual.
void set_known_time(mosquitto* handle, const Endpoint& endpoint) {
    const certs::SslContextHandle context(SSL_CTX_new(TLS_client_method()));
    if (!context) {
        throw Error("cannot make a TLS context: out of memory?");
    }
    auto* const verification = SSL_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(verification,
                               std::chrono::system_clock::to_time_t(endpoint.known_time));
    if (X509_VERIFY_PARAM_set1_ip_asc(verification, endpoint.host.c_str()) != 1 &&
        X509_VERIFY_PARAM_set1_host(verification, endpoint.host.c_str(), 0) != 1) {
        throw Error(fmt::format("'{}' is no name that a certificate can have", endpoint.host));
    }
    SSL_CTX_set_cert_verify_callback(context.get(), verify_by_clock, nullptr);
    check(mosquitto_void_option(handle, MOSQ_OPT_SSL_CTX, context.get()), "TLS context");
    check(mosquitto_int_option(handle, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 1), "TLS context");
}

void set_tls(mosquitto* handle, const Endpoint& endpoint) {
    require_readable(endpoint.ca_file, "the CA file");
    require_readable(endpoint.certificate_file, "the certificate");
    require_readable(endpoint.key_file, "the key");
    check(mosquitto_tls_set(handle, endpoint.ca_file.c_str(), nullptr,
                            text_or_null(endpoint.certificate_file),
                            text_or_null(endpoint.key_file), nullptr),
          endpoint.ca_file);
    constexpr int verify_peer = 1;
    // No version means TLS 1.2 and later; naming one would exclude the others.
    check(mosquitto_tls_opts_set(handle, verify_peer, nullptr, nullptr), "TLS options");
    if (endpoint.known_time != std::chrono::system_clock::time_point()) {
        set_known_time(handle, endpoint);
    }
    if (!endpoint.alpn.empty()) {
        check(mosquitto_string_option(handle, MOSQ_OPT_TLS_ALPN, endpoint.alpn.c_str()), "ALPN");
    }
}

} // namespace

void HandleDeleter::operator()(mosquitto* handle) const noexcept {
    mosquitto_destroy(handle);
}

Handle make_handle(const Endpoint& endpoint, void* object) {
    Handle handle(mosquitto_new(text_or_null(endpoint.client_id), endpoint.clean_session, object));
    if (!handle) {
        throw_errno(fmt::format("cannot make an MQTT client '{}'", endpoint.client_id));
    }
    // Told that another thread writes, libmosquitto queues packets instead of sending them from
    // inside its read: acknowledgements leave when we say so (docs/architecture.md).
    check(mosquitto_threaded_set(handle.get(), true), "threaded mode");
    if (endpoint.version == Version::v5) {
        check(mosquitto_int_option(handle.get(), MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5),
              "MQTT 5");
    }
    if (!endpoint.username.empty()) {
        check(mosquitto_username_pw_set(handle.get(), endpoint.username.c_str(),
                                        endpoint.password.c_str()),
              "user name and password");
    }
    if (endpoint.will) {
        const auto& will = *endpoint.will;
        check(mosquitto_will_set(handle.get(), will.topic.c_str(),
                                 static_cast<int>(will.payload.size()), will.payload.data(),
                                 will.qos, will.retain),
              fmt::format("the will on '{}'", will.topic));
    }
    if (!endpoint.ca_file.empty()) {
        set_tls(handle.get(), endpoint);
    }
    return handle;
}

std::string describe(int code) {
    return code == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(code);
}

void check(int code, std::string_view what) {
    if (code != MOSQ_ERR_SUCCESS) {
        throw Error(fmt::format("{}: {}", what, describe(code)));
    }
}

} // namespace holdfast::mqtt
