#include "certs/pem.hpp"
#include "certs/tls_probe.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/reserved_port.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "support/tls_server.hpp"

#include <openssl/ssl.h>

using namespace holdfast;
using namespace holdfast::certs;
using std::chrono::hours;
using test::Made;
using test::make_authority;
using test::make_leaf;
using test::TlsServer;

namespace {

TimePoint now() {
    return std::chrono::system_clock::now();
}

/// An authority, a good server below it, and a client that trusts it and has a certificate.
struct Stage {
    test::TempFolder folder;
    Made authority = make_authority("Test", "root");
    Made server = make_leaf(authority);
    Made client = make_leaf(authority, {.usage = "clientAuth"});

    Stage() {
        write_file(folder / "ca.crt", authority.pem(), FileMode::public_);
        write_file(folder / "client.crt", client.pem(), FileMode::public_);
        write_file(folder / "client.key", to_pem(*client.key), FileMode::secret);
    }

    ProbeTarget target(std::uint16_t port) const {
        return {.host = "127.0.0.1",
                .port = port,
                .ca = folder / "ca.crt",
                .limit = std::chrono::seconds(60),
                .verdict_patience = std::chrono::seconds(60),
                .clock = {now(), true}};
    }
    ProbeTarget with_client(std::uint16_t port) const {
        auto target = this->target(port);
        target.certificate = folder / "client.crt";
        target.key = folder / "client.key";
        return target;
    }
    /// What the probe finds at a server like this.
    ProbeResult at(const test::ServerSpec& spec) const {
        const TlsServer running(spec);
        return probe_tls(target(running.port()));
    }
    ProbeResult at(const Made& own) const {
        test::ServerSpec spec;
        spec.own = &own;
        return at(spec);
    }
};

test::ServerSpec serving(const Made& own) {
    test::ServerSpec spec;
    spec.own = &own;
    return spec;
}

void check_only(const ProbeResult& result, ProbeFault fault, ProbeStep step) {
    REQUIRE(result.findings.size() == 1);
    CHECK(result.findings.front().fault == fault);
    CHECK(result.reached == step);
}

} // namespace

TEST_CASE("a probe of a good server finds nothing wrong and tells what it saw") {
    const Stage stage;
    const auto result = stage.at(stage.server);
    CHECK(result.fine());
    CHECK(result.reached == ProbeStep::done);
    CHECK(result.address == "127.0.0.1");
    CHECK(result.protocol == "TLSv1.3");
    CHECK_FALSE(result.cipher.empty());
    CHECK_FALSE(result.client_certificate_wanted);
    REQUIRE(result.chain.size() == 1);
    CHECK(result.chain.front().names == std::vector<std::string>{"localhost", "127.0.0.1"});
    REQUIRE(result.authorities.size() == 1);
    CHECK(result.authorities.front().subject == "root");
    CHECK_FALSE(result.clock_wrong);
    CHECK_FALSE(result.clock_doubtful);
}

TEST_CASE("a probe of a port where nothing listens finds it refused") {
    const Stage stage;
    const ReservedPort port;
    check_only(probe_tls(stage.target(port.number())), ProbeFault::refused, ProbeStep::connect);
}

TEST_CASE("a probe of a name that nobody knows says so before it connects") {
    const Stage stage;
    auto target = stage.target(8883);
    target.host = "no..name"; // not even asked for: the resolver knows that there can be none
    check_only(probe_tls(target), ProbeFault::name_unknown, ProbeStep::look_up);
}

TEST_CASE("a probe of a server that never answers ends in time at the step it reached") {
    const Stage stage;
    test::ServerSpec silent;
    silent.silent = true;
    const TlsServer server(silent);
    auto target = stage.target(server.port());
    target.limit = std::chrono::milliseconds(300);
    check_only(probe_tls(target), ProbeFault::timed_out, ProbeStep::handshake);
}

TEST_CASE("a probe tells what speaks on a port without TLS") {
    const Stage stage;
    test::ServerSpec ssh;
    ssh.greeting = "SSH-2.0-OpenSSH_9.2\r\n";
    const auto talking = stage.at(ssh);
    check_only(talking, ProbeFault::not_tls, ProbeStep::handshake);
    CHECK(talking.findings.front().detail == "SSH-2.0-OpenSSH_9.2");
    const auto closing = stage.at(test::ServerSpec{});
    check_only(closing, ProbeFault::not_tls, ProbeStep::handshake);
    CHECK(closing.findings.front().detail.empty());
}

TEST_CASE("a probe of a server that knows no newer TLS than 1.1 names what it knows") {
    const Stage stage;
    auto spec = serving(stage.server);
    spec.newest = TLS1_1_VERSION;
    check_only(stage.at(spec), ProbeFault::too_old, ProbeStep::handshake);

    // One that does not refuse but answers in its own version: RFC 4346 §7.4.1.3.
    using namespace std::string_literals;
    test::ServerSpec answering;
    answering.greeting = "\x16\x03\x02\x00\x2A\x02\x00\x00\x26\x03\x02"s + std::string(32, 'r') +
                         "\x00\xC0\x09\x00"s;
    const auto result = stage.at(answering);
    check_only(result, ProbeFault::too_old, ProbeStep::handshake);
    CHECK(result.findings.front().detail == "TLS 1.1");
}

TEST_CASE("a probe of a server with no cipher in common says that they are unlike") {
    const Stage stage;
    auto spec = serving(stage.server);
    spec.newest = TLS1_2_VERSION;
    spec.ciphers = "AES128-SHA"; // needs an RSA key, and the server has another
    check_only(stage.at(spec), ProbeFault::unlike, ProbeStep::handshake);
}

TEST_CASE("a probe tells an unknown authority from a chain with a gap") {
    const Stage stage;
    const auto stranger = make_authority("Elsewhere", "root");
    const auto strange = make_leaf(stranger);
    check_only(stage.at(strange), ProbeFault::unknown_authority, ProbeStep::judge);
    const auto anew = make_authority("Test", "root"); // the same name, with another key
    check_only(stage.at(make_leaf(anew)), ProbeFault::unknown_authority, ProbeStep::judge);
    auto with_root = serving(strange);
    with_root.behind = {&stranger};
    check_only(stage.at(with_root), ProbeFault::unknown_authority, ProbeStep::judge);

    const auto middle = make_authority("Test", "issuing", &stage.authority);
    const auto below = make_leaf(middle);
    check_only(stage.at(below), ProbeFault::incomplete_chain, ProbeStep::judge);
    auto complete = serving(below);
    complete.behind = {&middle};
    CHECK(stage.at(complete).fine());
}

TEST_CASE("an authority that may have none below it is no reason to think of a gap") {
    const Stage stage;
    const auto ours =
        make_authority("Holdfast authority", "ours", nullptr, "critical,CA:TRUE,pathlen:0");
    const auto theirs =
        make_authority("Holdfast authority", "theirs", nullptr, "critical,CA:TRUE,pathlen:0");
    write_file(stage.folder / "ca.crt", ours.pem(), FileMode::public_);
    check_only(stage.at(make_leaf(theirs)), ProbeFault::unknown_authority, ProbeStep::judge);
}

TEST_CASE("a probe finds a wrong name and has the names there are") {
    const Stage stage;
    const auto other = make_leaf(stage.authority, {.names = {"broker.example.org"}});
    const auto result = stage.at(other);
    check_only(result, ProbeFault::wrong_name, ProbeStep::judge);
    CHECK(result.chain.front().names == std::vector<std::string>{"broker.example.org"});

    const TlsServer server(serving(other));
    auto target = stage.target(server.port());
    target.server_name = "broker.example.org";
    CHECK(probe_tls(target).fine());
}

TEST_CASE("a probe tells dates that have passed from dates to come") {
    const Stage stage;
    const auto old = make_leaf(stage.authority,
                               {.not_before = now() - hours(40), .not_after = now() - hours(1)});
    const auto expired = stage.at(old);
    check_only(expired, ProbeFault::expired, ProbeStep::judge);
    CHECK(expired.findings.front().detail == "a server");
    const auto young = make_leaf(stage.authority, {.not_before = now() + hours(1)});
    check_only(stage.at(young), ProbeFault::not_yet_valid, ProbeStep::judge);
}

TEST_CASE("a probe knows when its own clock is the one that is wrong") {
    const Stage stage;
    const TlsServer server(serving(stage.server));
    auto target = stage.target(server.port());
    SECTION("as after a boot without a clock battery") {
        target.clock = {TimePoint(hours(1)), false};
        const auto result = probe_tls(target);
        CHECK(result.has(ProbeFault::not_yet_valid));
        CHECK(result.clock_wrong);
    }
    SECTION("before the authority in our own file was made") {
        target.clock = {now() - hours(24 * 30), true};
        CHECK(probe_tls(target).clock_wrong);
    }
    SECTION("or may be while nobody sets it") {
        target.clock = {now() + hours(30), false};
        const auto result = probe_tls(target);
        check_only(result, ProbeFault::expired, ProbeStep::judge);
        CHECK_FALSE(result.clock_wrong);
        CHECK(result.clock_doubtful);
    }
}

TEST_CASE("a probe finds the certificate of a client in a server") {
    const Stage stage;
    const auto wrong = make_leaf(stage.authority, {.usage = "clientAuth"});
    check_only(stage.at(wrong), ProbeFault::wrong_usage, ProbeStep::judge);
}

TEST_CASE("a probe finds a server without the key to its certificate") {
    const Stage stage;
    const auto other = make_leaf(stage.authority);
    const auto torn = test::torn_key(stage.server.key, other.key);
    auto spec = serving(stage.server);
    spec.key = &torn;
    for (const int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(newest);
        spec.newest = newest;
        check_only(stage.at(spec), ProbeFault::wrong_key, ProbeStep::handshake);
    }
}

TEST_CASE("a probe tells a client certificate that is missing from one that is refused") {
    const Stage stage;
    const auto elsewhere = make_authority("Elsewhere", "clients");
    for (const int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(newest);
        auto spec = serving(stage.server);
        spec.newest = newest;
        spec.clients = &stage.authority;
        {
            const TlsServer server(spec);
            check_only(probe_tls(stage.target(server.port())),
                       ProbeFault::client_certificate_missing, ProbeStep::handshake);
            const auto shown = probe_tls(stage.with_client(server.port()));
            CHECK(shown.fine());
            CHECK(shown.client_certificate_wanted);
        }
        spec.clients = &elsewhere;
        const TlsServer server(spec);
        const auto refused = probe_tls(stage.with_client(server.port()));
        check_only(refused, ProbeFault::client_certificate_refused, ProbeStep::handshake);
        CHECK(refused.findings.front().detail == "unknown CA");
    }
}

TEST_CASE("a probe asks for a server name and a protocol and says which is not served") {
    const Stage stage;
    auto spec = serving(stage.server);
    SECTION("a name") {
        spec.name = "other.example.org";
        const TlsServer server(spec);
        auto target = stage.target(server.port());
        target.server_name = "localhost";
        check_only(probe_tls(target), ProbeFault::server_name_unknown, ProbeStep::handshake);
    }
    SECTION("a protocol") {
        spec.alpn = "mqtt";
        const TlsServer server(spec);
        auto target = stage.target(server.port());
        target.alpn = "x-amzn-mqtt-ca";
        check_only(probe_tls(target), ProbeFault::application_protocol_refused,
                   ProbeStep::handshake);
        target.alpn = "mqtt";
        CHECK(probe_tls(target).alpn == "mqtt");
    }
}

TEST_CASE("a probe finds all that is wrong at once") {
    const Stage stage;
    const auto stranger = make_authority("Elsewhere", "root");
    const auto bad = make_leaf(stranger, {.names = {"other"},
                                          .not_before = now() - hours(40),
                                          .not_after = now() - hours(1),
                                          .usage = "clientAuth"});
    const auto result = stage.at(bad);
    REQUIRE(result.findings.size() == 4);
    for (const auto fault : {ProbeFault::unknown_authority, ProbeFault::expired,
                             ProbeFault::wrong_usage, ProbeFault::wrong_name}) {
        CHECK(result.has(fault));
    }
}

TEST_CASE("a probe refuses to start with a key that is not its certificate's") {
    const Stage stage;
    auto target = stage.with_client(8883);
    write_file(stage.folder / "client.key", to_pem(*stage.server.key), FileMode::secret);
    CHECK_THROWS_WITH(probe_tls(target), ContainsSubstring("does not belong to the key"));
    target.key.clear();
    CHECK_THROWS_WITH(probe_tls(target), ContainsSubstring("give both"));
}
