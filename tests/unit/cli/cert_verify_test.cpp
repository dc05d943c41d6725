#include "certs/pem.hpp"
#include "cli/cert/host_port.hpp"
#include "cli/options.hpp"
#include "core/atomic_file.hpp"
#include "core/reserved_port.hpp"
#include "support/captured_output.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "support/tls_server.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>

using namespace holdfast;
using namespace holdfast::cli;
using std::chrono::hours;
using test::Made;
using test::make_authority;
using test::make_leaf;

namespace {

certs::TimePoint now() {
    return std::chrono::system_clock::now();
}

struct Answer {
    int code;
    std::string text;
};

/// A person who asks about servers, and trusts one authority.
struct Desk {
    test::TempFolder folder;
    Made authority = make_authority("Test", "root");
    Made server = make_leaf(authority);

    Desk() { write_file(folder / "ca.crt", authority.pem(), FileMode::public_); }

    Answer verify(std::uint16_t port, const Arguments& more = {}) const {
        Arguments words{"verify",    fmt::format("127.0.0.1:{}", port),
                        "--dir",     folder.path().string(),
                        "--timeout", "60"};
        if (std::find(more.begin(), more.end(), "--ca") == more.end()) {
            words.insert(words.end(), {"--ca", (folder / "ca.crt").string()});
        }
        words.insert(words.end(), more.begin(), more.end());
        int code = -1;
        auto text = test::output_of([&] { code = run_cert(words); });
        return {code, std::move(text)};
    }
    Answer verify(const test::ServerSpec& spec, const Arguments& more = {}) const {
        const test::TlsServer running(spec);
        return verify(running.port(), more);
    }
    Answer verify(const Made& own, const Arguments& more = {}) const {
        test::ServerSpec spec;
        spec.own = &own;
        return verify(spec, more);
    }
};

void check_says(const Answer& answer, const std::string& sentence) {
    CHECK(answer.code == exit_no);
    CHECK_THAT(answer.text, ContainsSubstring("wrong: ") && ContainsSubstring(sentence));
}

} // namespace

TEST_CASE("cert verify shows a good server and its certificate") {
    const Desk desk;
    const auto answer = desk.verify(desk.server);
    CHECK(answer.code == exit_fine);
    CHECK_THAT(answer.text, ContainsSubstring("TLSv1.3") &&
                                ContainsSubstring("\"a server\" by \"root\"") &&
                                ContainsSubstring("for localhost, 127.0.0.1") &&
                                ContainsSubstring("nothing is wrong"));
}

TEST_CASE("cert verify explains what keeps it from talking TLS") {
    const Desk desk;
    const ReservedPort closed;
    check_says(desk.verify(closed.number()),
               fmt::format("nothing listens on its port {}", closed.number()));
    check_says(desk.verify(test::ServerSpec{}), "does not speak TLS, it ends the connection");
    test::ServerSpec ssh;
    ssh.greeting = "SSH-2.0-x\r\n";
    check_says(desk.verify(ssh), "does not speak TLS, it says \"SSH-2.0-x\"");
    test::ServerSpec old;
    old.own = &desk.server;
    old.newest = TLS1_1_VERSION;
    check_says(desk.verify(old), "too old to be safe");
    Answer nobody{};
    nobody.text = test::output_of([&] {
        nobody.code = run_cert({"verify", "no..name", "--dir", desk.folder.path().string()});
    });
    check_says(nobody, "nobody knows the name no..name");
}

TEST_CASE("cert verify explains a certificate of an authority that it does not know") {
    const Desk desk;
    const auto other = make_authority("Elsewhere", "their root");
    check_says(desk.verify(make_leaf(other)),
               fmt::format("is signed by \"their root\", which is none of those that {} has "
                           "(\"root\")",
                           (desk.folder / "ca.crt").string()));
    const auto anew = make_authority("Test", "root");
    check_says(desk.verify(make_leaf(anew)), "the authority was probably made anew");
    check_says(desk.verify(desk.server, {"--ca", "system"}), "which is none of those that this");
    const auto middle = make_authority("Test", "issuing", &desk.authority);
    check_says(desk.verify(make_leaf(middle)),
               "does not send the certificate of \"issuing\", which links its own");
}

TEST_CASE("cert verify explains names and usage and keys that are wrong") {
    const Desk desk;
    check_says(desk.verify(make_leaf(desk.authority, {.names = {"b.example", "10.0.0.9"}})),
               "is not for 127.0.0.1: it is for b.example, 10.0.0.9;");
    check_says(desk.verify(make_leaf(desk.authority, {.usage = "clientAuth"})),
               "\"a server\" is not for a server");
    const auto torn = test::torn_key(desk.server.key, desk.authority.key);
    test::ServerSpec spec;
    spec.own = &desk.server;
    spec.key = &torn;
    check_says(desk.verify(spec), "the server has another key");
}

TEST_CASE("cert verify explains dates by the certificate and by our own clock") {
    const Desk desk;
    const auto old =
        make_leaf(desk.authority, {.not_before = now() - hours(40), .not_after = now() - hours(1)});
    check_says(desk.verify(old),
               fmt::format("\"a server\" expired on {}; the clock of this machine says",
                           certs::utc_text(certs::describe(*old.certificate).not_after)));
    const auto young = make_leaf(desk.authority, {.not_before = now() + hours(1)});
    check_says(desk.verify(young), "\"a server\" is not valid before");
}

TEST_CASE("cert verify explains what the server thinks of our certificate") {
    const Desk desk;
    const auto elsewhere = make_authority("Elsewhere", "clients");
    test::ServerSpec spec;
    spec.own = &desk.server;
    spec.newest = TLS1_2_VERSION;
    spec.clients = &elsewhere;
    check_says(desk.verify(spec), "lets in only who shows a certificate");
    const auto own = make_leaf(desk.authority, {.usage = "clientAuth"});
    write_file(desk.folder / "own.crt", own.pem(), FileMode::public_);
    write_file(desk.folder / "own.key", certs::to_pem(*own.key), FileMode::secret);
    const Arguments shown{"--certificate", (desk.folder / "own.crt").string(), "--key",
                          (desk.folder / "own.key").string()};
    check_says(desk.verify(spec, shown), "does not accept our certificate " + shown[1]);
    CHECK_THAT(desk.verify(spec, shown).text, ContainsSubstring("(unknown CA)"));
}

TEST_CASE("cert verify uses for the appliance's cloud what its bridge uses") {
    const Desk desk;
    const auto own = make_leaf(desk.authority, {.usage = "clientAuth"});
    const auto certs = desk.folder / "certs";
    std::filesystem::create_directory(certs);
    write_file(certs / "cloud-ca.crt", desk.authority.pem(), FileMode::public_);
    write_file(certs / "bridge.crt", own.pem(), FileMode::public_);
    write_file(certs / "bridge.key", certs::to_pem(*own.key), FileMode::secret);
    test::ServerSpec spec;
    spec.own = &desk.server;
    spec.newest = TLS1_2_VERSION;
    spec.clients = &desk.authority;
    const test::TlsServer running(spec);
    write_file(desk.folder / "holdfast.conf",
               fmt::format("[site]\nname = shed\n[cloud]\naddress = localhost\nport = {}\n",
                           running.port()),
               FileMode::public_);
    Answer answer{};
    answer.text = test::output_of([&] {
        answer.code = run_cert(
            {"verify", "localhost", "--dir", desk.folder.path().string(), "--timeout", "60"});
    });
    CAPTURE(answer.text);
    CHECK(answer.code == exit_fine);
}

TEST_CASE("a server is a host with or without a port") {
    struct Row {
        std::string text;
        std::string host;
        std::optional<std::uint16_t> port;
    };
    const auto row = GENERATE(values<Row>({
        {"pi.local", "pi.local", {}},
        {"pi.local:8884", "pi.local", 8884},
        {"10.0.0.1:1", "10.0.0.1", 1},
        {"::1", "::1", {}},
        {"[::1]", "::1", {}},
        {"[2001:db8::5]:8883", "2001:db8::5", 8883},
    }));
    CAPTURE(row.text);
    CHECK(parse_host_port(row.text).host == row.host);
    CHECK(parse_host_port(row.text).port == row.port);
    for (const auto* bad : {"", ":1", "pi:", "pi:0", "pi:65536", "pi:x", "[::1", "[::1]8", "[]"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(parse_host_port(bad), UsageError);
    }
}

TEST_CASE("cert names its actions and the nearest one to a wrong word") {
    CHECK_THAT(test::output_of([] { run_cert({"--help"}); }), ContainsSubstring("verify HOST"));
    CHECK_THROWS_WITH(run_cert({"verfy"}), ContainsSubstring("did you mean 'verify'?"));
    CHECK_THROWS_AS(run_cert({}), UsageError);
    CHECK_THROWS_AS(run_cert({"verify"}), UsageError);
}
