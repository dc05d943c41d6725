#include "certs/authority.hpp"
#include "certs/host_names.hpp"
#include "support/catch.hpp"
#include "unit/certs/fixture.hpp"
#include "unit/certs/tls_meeting.hpp"

#include <openssl/x509_vfy.h>

using namespace holdfast;
using namespace holdfast::certs;
using test::made_at;
using test::meet;

TEST_CASE("a TLS client reaches the server by each of its names") {
    const test::Site site;
    const std::vector<std::string> names{"pi",          "pi.local", "*.farm.example", "127.0.0.1",
                                         "192.168.1.5", "::1",      "2001:db8::5"};
    const auto server = site.authority.issue(test::for_server(names), made_at);
    const auto trusted = site.authority.certificate_pem();
    for (const auto* host : {"pi", "PI.local", "barn.farm.example", "127.0.0.1", "192.168.1.5",
                             "::1", "2001:db8:0::5"}) {
        CAPTURE(host);
        CHECK(meet({server, trusted, host, made_at}).empty());
    }
    for (const auto* host : {"server", "other", "a.b.farm.example", "farm.example"}) {
        CAPTURE(host);
        CHECK(meet({server, trusted, host, made_at}) == "hostname mismatch");
    }
    CHECK(meet({server, trusted, "192.168.1.6", made_at}) == "IP address mismatch");
}

TEST_CASE("a TLS client reaches a server on this machine by all its names and addresses") {
    const test::Site site;
    const auto names = host_names();
    const auto server = site.authority.issue(test::for_server(names), made_at);
    for (const auto& host : names) {
        CAPTURE(host);
        CHECK(meet({server, site.authority.certificate_pem(), host, made_at}).empty());
    }
}

TEST_CASE("a certificate is refused by peers that trust another authority of the same name") {
    const test::Site site;
    const test::Site other;
    const auto server = site.authority.issue(test::for_server({"pi"}), made_at);
    CHECK(meet({server, other.authority.certificate_pem(), "pi", made_at}) ==
          "unable to get local issuer certificate");
}

TEST_CASE("a certificate is refused in the other role and outside its dates") {
    const test::Site site;
    const auto trusted = site.authority.certificate_pem();
    const auto server = site.authority.issue(test::for_server({"pi"}), made_at);
    auto request = test::for_client("bridge");
    request.alt_names = {"pi"};
    const auto client = site.authority.issue(request, made_at);
    CHECK(meet({server, trusted, "pi", made_at, client, trusted}).empty());
    CHECK(meet({client, trusted, "pi", made_at}) == "unsuitable certificate purpose");
    CHECK(meet({server, trusted, "pi", made_at, server, trusted}) ==
          "unsuitable certificate purpose");
    CHECK(meet({server, trusted, "pi", made_at + std::chrono::days(731)}) ==
          "certificate has expired");
    CHECK(meet({server, trusted, "pi", made_at - std::chrono::hours(23)}).empty());
    // OpenSSL 3.6 says more about it than 3.0.
    CHECK(meet({server, trusted, "pi", made_at - std::chrono::hours(25)}) ==
          X509_verify_cert_error_string(X509_V_ERR_CERT_NOT_YET_VALID));
}
