#include "edge/mqtt/reasons.hpp"
#include "support/catch.hpp"

#include <openssl/x509_vfy.h>

using namespace holdfast::mqtt;

namespace {

const Endpoint endpoint{.host = "pi.local",
                        .port = 8883,
                        .client_id = "edge",
                        .username = "eve",
                        .password = "secret-word",
                        .ca_file = "/ca.crt"};

} // namespace

TEST_CASE("a refused connect says who was refused and by which code") {
    CHECK_THAT(refusal_reason(endpoint, 1), ContainsSubstring("MQTT 3.1.1"));
    CHECK_THAT(refusal_reason(endpoint, 2), ContainsSubstring("client id \"edge\""));
    CHECK_THAT(refusal_reason(endpoint, 3), ContainsSubstring("not ready"));
    for (const int code : {4, 5}) {
        const auto reason = refusal_reason(endpoint, code);
        CHECK_THAT(reason, ContainsSubstring("user \"eve\""));
        CHECK_THAT(reason, ContainsSubstring("pi.local:8883"));
        CHECK(reason.find("secret-word") == std::string::npos);
    }
    CHECK_THAT(refusal_reason(Endpoint{}, 5), ContainsSubstring("an anonymous client"));
}

TEST_CASE("a failed TLS handshake says which check failed and of what") {
    const auto* verify = "OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed";
    CHECK_THAT(failure_reason(endpoint, {Stage::greeting, "A TLS error occurred.", verify}),
               ContainsSubstring("not valid under the CA in /ca.crt"));
    // A wrong name fails the verification too: the name is the reason to tell.
    const auto name = std::string("Error: host name verification failed.; ") + verify;
    CHECK_THAT(failure_reason(endpoint, {Stage::greeting, "A TLS error occurred.", name}),
               ContainsSubstring("not for the name \"pi.local\""));
    for (const long mismatch : {X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH}) {
        CHECK_THAT(
            failure_reason(endpoint, {Stage::greeting, "A TLS error occurred.", verify, mismatch}),
            ContainsSubstring("not for the name \"pi.local\""));
    }
    CHECK_THAT(failure_reason(endpoint, {Stage::greeting, "A TLS error occurred.", verify,
                                         X509_V_ERR_CERT_HAS_EXPIRED}),
               ContainsSubstring("/ca.crt (certificate has expired): use"));
    CHECK_THAT(
        failure_reason(endpoint, {Stage::greeting, "A TLS error occurred.", "alert unknown ca"}),
        ContainsSubstring("A TLS error occurred. (alert unknown ca)"));
    CHECK_THAT(failure_reason(endpoint, {Stage::greeting, "Protocol error"}),
               ContainsSubstring("our certificate is missing"));
    for (const auto* broken_off : {"SSL routines::unexpected eof while reading",
                                   "SSL routines::tlsv13 alert certificate required",
                                   "system library::Connection reset by peer"}) {
        CHECK_THAT(failure_reason(endpoint, {Stage::greeting, "A TLS error occurred.", broken_off}),
                   ContainsSubstring("the port is not a TLS port"));
    }
    CHECK_THAT(failure_reason(endpoint, {Stage::accepted, "The connection was lost."}),
               ContainsSubstring("pi.local:8883: The connection was lost."));
    CHECK_THAT(failure_reason(endpoint, {Stage::reaching, "Connection refused"}),
               ContainsSubstring("pi.local:8883: Connection refused"));
}
