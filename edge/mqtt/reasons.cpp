#include "edge/mqtt/reasons.hpp"

#include "core/text.hpp"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <string_view>

namespace holdfast::mqtt {

namespace {

std::string place(const Endpoint& endpoint) {
    return fmt::format("{}:{}", endpoint.host, endpoint.port);
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string login_refused(const Endpoint& endpoint, int code) {
    const auto who = endpoint.username.empty() ? std::string("an anonymous client")
                                               : fmt::format("user {}", quoted(endpoint.username));
    return fmt::format(
        "the broker at {} refused {} (CONNACK {}): check the user name, the password "
        "and the policy",
        place(endpoint), who, code);
}

// libmosquitto 2.0 compares names itself and tells only its log; 2.1 has OpenSSL do it.
bool name_is_wrong(const Failure& failure) {
    return contains(failure.logged, "host name verification failed") ||
           failure.verify_result == X509_V_ERR_HOSTNAME_MISMATCH ||
           failure.verify_result == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

std::string finding(long verify_result) {
    return verify_result == X509_V_OK
               ? std::string()
               : fmt::format(" ({})", X509_verify_cert_error_string(verify_result));
}

} // namespace

std::string refusal_reason(const Endpoint& endpoint, int connack_code) {
    switch (connack_code) {
    case 1:
    case 0x84: // MQTT 5 §3.2.2.2
        return fmt::format("the broker at {} does not speak MQTT {} (CONNACK {})", place(endpoint),
                           endpoint.version == Version::v5 ? "5" : "3.1.1", connack_code);
    case 2:
        return fmt::format("the broker at {} refused the client id {} (CONNACK 2)", place(endpoint),
                           quoted(endpoint.client_id));
    case 3:
        return fmt::format("the broker at {} is not ready (CONNACK 3)", place(endpoint));
    default:
        return login_refused(endpoint, connack_code);
    }
}

std::string failure_reason(const Endpoint& endpoint, const Failure& failure) {
    const auto& [stage, code_text, logged, verify_result] = failure;
    if (name_is_wrong(failure)) {
        return fmt::format("the certificate of the broker at {} is not for the name {}: connect by "
                           "a name it has, or issue it again with this one",
                           place(endpoint), quoted(endpoint.host));
    }
    if (contains(logged, "certificate verify failed")) {
        return fmt::format("the certificate of the broker at {} is not valid under the CA in {}{}: "
                           "use the CA that signed it, and check the clock",
                           place(endpoint), endpoint.ca_file, finding(verify_result));
    }
    // The alert of a broker that breaks off TLS reaches us at times only: one reason for all cases.
    if (!endpoint.ca_file.empty() && stage == Stage::greeting &&
        (logged.empty() || contains(logged, "unexpected eof") || contains(logged, " alert ") ||
         contains(logged, "reset by peer"))) {
        return fmt::format("the broker at {} broke off TLS: its log says why; most often our "
                           "certificate is missing, expired, revoked or of another CA, or the port "
                           "is not a TLS port",
                           place(endpoint));
    }
    if (!logged.empty()) {
        return fmt::format("no connection to the broker at {}: {} ({})", place(endpoint), code_text,
                           logged);
    }
    return fmt::format("no connection to the broker at {}: {}", place(endpoint), code_text);
}

} // namespace holdfast::mqtt
