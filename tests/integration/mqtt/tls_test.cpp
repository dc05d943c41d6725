#include "core/child_process.hpp"
#include "core/error.hpp"
#include "edge/mqtt/client.hpp"
#include "integration/mqtt/probe.hpp"
#include "support/broker.hpp"
#include "support/catch.hpp"
#include "support/mqtt_client.hpp"
#include "support/tcp_proxy.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using mqtt::Endpoint;

namespace {

/// A throwaway authority with a server certificate for "localhost" only and one for a client.
class Authority {
public:
    Authority() {
        openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
                "-subj /CN=throwaway -keyout ca.key -out ca.crt");
        issue("server", "DNS:localhost");
        issue("client", "DNS:client");
    }

    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    std::string broker_config() const {
        return fmt::format("allow_anonymous true\nlistener @PORT@ 127.0.0.1\nrequire_certificate "
                           "true\ncafile {}\ncertfile {}\nkeyfile {}\n",
                           path("ca.crt"), path("server.crt"), path("server.key"));
    }
    Endpoint endpoint(std::uint16_t port) const {
        return {.host = "localhost",
                .port = port,
                .ca_file = path("ca.crt"),
                .certificate_file = path("client.crt"),
                .key_file = path("client.key")};
    }

private:
    void openssl(const std::string& arguments) {
        const auto command = fmt::format("cd {} && {} {}", folder_.path().string(),
                                         find_program("openssl").string(), arguments);
        ChildProcess child({{"/bin/sh", "-c", command}, folder_ / "openssl.log"});
        REQUIRE(child.wait(30s) == 0);
    }

    void issue(const std::string& name, const std::string& san) {
        openssl(fmt::format("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
                            "-CA ca.crt -CAkey ca.key -subj /CN={0} -addext subjectAltName={1} "
                            "-addext basicConstraints=critical,CA:FALSE -keyout {0}.key "
                            "-out {0}.crt",
                            name, san));
    }

    TempFolder folder_;
};

std::string reason_of(const Endpoint& endpoint) {
    Probe probe(endpoint);
    probe.client.start();
    REQUIRE(probe.run_until([&] { return !probe.reasons.empty(); }));
    probe.run_until([&] { return probe.reasons.size() > 1; }, 500ms);
    CHECK(probe.reasons == std::vector{probe.reasons[0]});
    CHECK(probe.connects_seen == 0);
    return probe.reasons[0];
}

} // namespace

TEST_CASE("a client talks over verified TLS with a certificate of its own") {
    const Authority authority;
    Broker broker(authority.broker_config());
    Probe probe(authority.endpoint(broker.port()));
    probe.client.subscribe("big", 1);
    probe.client.start();
    REQUIRE(probe.connects());
    // Many packets in one TLS record: those after the first are never announced by the socket.
    for (int i = 0; i < 200; ++i) {
        REQUIRE(probe.client.publish("big", std::to_string(i), 1, false));
    }
    REQUIRE(probe.client.publish("big", std::string(100'000, 'x'), 1, false));
    CHECK(probe.receives(201));
    CHECK(probe.run_until([&] { return probe.published.size() == 201; }));
}

TEST_CASE("a TLS broker that cannot be verified is refused with the reason") {
    const Authority authority;
    const Authority other;
    Broker broker(authority.broker_config());

    auto wrong_ca = authority.endpoint(broker.port());
    wrong_ca.ca_file = other.path("ca.crt");
    CHECK_THAT(reason_of(wrong_ca),
               ContainsSubstring("not valid under the CA in " + other.path("ca.crt")));

    auto wrong_name = authority.endpoint(broker.port());
    wrong_name.host = "127.0.0.1";
    CHECK_THAT(reason_of(wrong_name), ContainsSubstring("not for the name \"127.0.0.1\""));

    auto missing_ca = authority.endpoint(broker.port());
    missing_ca.ca_file = "/no/such/ca.crt";
    CHECK_THAT(reason_of(missing_ca),
               ContainsSubstring("cannot read the CA file /no/such/ca.crt: No such file"));

    auto no_certificate = authority.endpoint(broker.port());
    no_certificate.certificate_file.clear();
    no_certificate.key_file.clear();
    CHECK_THAT(reason_of(no_certificate), ContainsSubstring("our certificate is missing"));
}

TEST_CASE("a time that is known moves the clock forward and softens nothing else") {
    const Authority authority;
    const Authority other;
    Broker broker(authority.broker_config());
    auto known = authority.endpoint(broker.port());
    known.known_time = std::chrono::system_clock::now() - std::chrono::days(300);
    {
        Probe probe(known); // the clock is later, and it is the clock that counts
        probe.client.start();
        CHECK(probe.connects());
    }
    auto wrong_ca = known;
    wrong_ca.ca_file = other.path("ca.crt");
    CHECK_THAT(reason_of(wrong_ca), ContainsSubstring("not valid under the CA in "));
    auto wrong_name = known;
    wrong_name.host = "127.0.0.1";
    CHECK_THAT(reason_of(wrong_name), ContainsSubstring("not for the name \"127.0.0.1\""));
    auto late = known;
    late.known_time = std::chrono::system_clock::now() + std::chrono::days(300);
    CHECK_THAT(reason_of(late), ContainsSubstring("expired"));
}

TEST_CASE("a client that writes to a TLS broker that was killed loses the connection and lives") {
    const Authority authority;
    Broker broker(authority.broker_config());
    Probe probe(authority.endpoint(broker.port()));
    probe.client.start();
    REQUIRE(probe.connects());
    broker.kill();
    // The first write is answered with a reset, those after it would raise SIGPIPE.
    for (int i = 0; i < 20 && probe.client.connected(); ++i) {
        probe.client.publish("a", std::string(100'000, 'x'), 1, false);
    }
    CHECK(probe.run_until([&] { return !probe.reasons.empty(); }));
}

TEST_CASE("a TLS client never falls back to a broker without TLS") {
    const Authority authority;
    Broker broker;
    CHECK_THAT(reason_of(authority.endpoint(broker.port())), ContainsSubstring("broke off TLS"));
}

TEST_CASE("a broker that accepts and stays silent is given up after ten seconds") {
    Broker broker;
    TcpProxy proxy(broker.port());
    proxy.black_hole();
    Probe probe({.port = proxy.port()});
    probe.client.start();
    REQUIRE(probe.run_until([&] { return !probe.reasons.empty(); }, 15s));
    CHECK_THAT(probe.reasons[0], ContainsSubstring("does not answer"));
    proxy.pass();
    CHECK(probe.connects());
}
