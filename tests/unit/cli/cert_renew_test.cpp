#include "cert_folder.hpp"
#include "certs/check.hpp"
#include "cli/cert/due.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "support/tls_server.hpp"

#include <algorithm>

using namespace holdfast;
using namespace holdfast::cli;
using test::CertFolder;

namespace fs = std::filesystem;

TEST_CASE("a renewed certificate keeps name and key and what it is for") {
    const CertFolder at;
    at.quietly({"init"});
    at.quietly({"issue", "phone", "--hostname", "phone.local", "--days", "30"});
    const auto key = read_file(at.certs / "phone.key");
    const auto before = at.certificate("phone");
    at.quietly({"renew", "phone"});
    const auto after = at.certificate("phone");
    CHECK(read_file(at.certs / "phone.key") == key);
    CHECK(after.serial != before.serial);
    CHECK(after.subject == "phone");
    CHECK(after.names == before.names);
    CHECK(after.for_client);
    CHECK(after.not_after > before.not_after + std::chrono::days(600));
    CHECK(certs::check_pair(at.certs / "phone.crt", at.certs / "phone.key").empty());

    at.quietly({"renew", "phone", "--new-key"});
    CHECK(read_file(at.certs / "phone.key") != key);
    CHECK(certs::check_pair(at.certs / "phone.crt", at.certs / "phone.key").empty());
    CHECK(test::mode(at.certs / "phone.key") == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("the renewed certificate of the broker has the machine's names and those it had") {
    const CertFolder at;
    at.quietly({"init"});
    at.quietly({"issue", "server", "--hostname", "broker.example.org"});
    at.quietly({"renew", "server"});
    const auto names = at.certificate("server").names;
    for (const auto* name : {"localhost", "127.0.0.1", "broker.example.org"}) {
        CHECK(std::find(names.begin(), names.end(), name) != names.end());
    }
    CHECK(at.certificate("server").for_server);
}

TEST_CASE("a timer renews the broker's certificate in time and with its key") {
    const CertFolder at;
    at.quietly({"init"});
    at.quietly({"issue", "server", "--days", "40"});
    at.quietly({"issue", "phone", "--days", "800"});
    const auto key = read_file(at.certs / "server.key");
    const auto before = at.certificate("server");
    CHECK(at.output({"renew", "--due"}).empty());
    CHECK(at.certificate("server").serial == before.serial);
    CHECK_THAT(at.output({"renew", "--due", "--within", "41"}),
               ContainsSubstring("server is renewed"));
    CHECK(at.certificate("server").not_after > before.not_after + std::chrono::days(600));
    CHECK(read_file(at.certs / "server.key") == key);
    CHECK(at.output({"renew", "--due", "--within", "41"}).empty());
    CHECK_THROWS_AS(at.run({"renew", "server", "--due"}), UsageError);
}

TEST_CASE("a timer says what a person has to do and fails until it is done") {
    const CertFolder at;
    at.quietly({"init"});
    at.quietly({"issue", "phone", "--days", "20"});
    at.quietly({"issue", "pump", "--days", "20"});
    at.quietly({"revoke", "pump"});
    const auto cloud = test::make_authority("Cloud", "cloud");
    write_file(at.certs / "bridge.crt", test::make_leaf(cloud, {.usage = "clientAuth"}).pem(),
               FileMode::public_);
    const auto before = at.certificate("phone").serial;
    int code = -1;
    const auto text = test::output_of([&] { code = at.run({"renew", "--due"}); });
    CHECK(code == exit_no);
    CHECK_THAT(text, ContainsSubstring("phone ends on ") &&
                         ContainsSubstring("'holdfast cert renew phone', and give its holder"));
    CHECK_THAT(text,
               ContainsSubstring("bridge ends on ") && ContainsSubstring("\"cloud\" signed it"));
    CHECK(text.find("pump") == std::string::npos);
    CHECK(at.certificate("phone").serial == before);
}

TEST_CASE("a new bridge certificate gets a second to an hour to prove itself") {
    const CertFolder at;
    at.quietly({"init"});
    CHECK_THROWS_AS(at.run({"renew", "--due", "--timeout", "0"}), UsageError);
    CHECK_THROWS_AS(at.run({"renew", "--due", "--timeout", "3601"}), UsageError);
    CHECK_THROWS_AS(at.run({"import", "kit", "--timeout", "0"}), UsageError);
}

TEST_CASE("nothing is renewed by a clock that cannot be right") {
    const CertFolder at;
    at.quietly({"init"});
    at.quietly({"issue", "server", "--days", "20"});
    const auto now = std::chrono::system_clock::now();
    const auto before = at.certificate("server").serial;
    const DueOptions options{.within = std::chrono::days(30),
                             .lifetime = std::chrono::days(730),
                             .receipt_limit = std::chrono::seconds(1)};
    for (const auto wrong : {certs::TimePoint(), now - std::chrono::hours(2)}) {
        const auto text =
            test::output_of([&] { CHECK(renew_due(at.folder.path(), wrong, options)); });
        CHECK_THAT(text, ContainsSubstring("the clock says " + certs::utc_text(wrong)) &&
                             ContainsSubstring("nothing is renewed before the clock is set"));
        CHECK(at.certificate("server").serial == before);
    }
    CHECK(certs::clock_fault(at.certs, now + std::chrono::hours(1)).empty());
    const auto text = test::output_of(
        [&] { CHECK(renew_due(at.folder.path(), now + std::chrono::hours(1), options)); });
    CHECK_THAT(text, ContainsSubstring("server is renewed"));
}

TEST_CASE("a certificate that ends with its authority is not renewed every day") {
    const CertFolder at;
    at.quietly({"init"});
    at.quietly({"issue", "server", "--days", "36000"});
    const auto before = at.certificate("server");
    const auto late = before.not_after - std::chrono::days(10);
    const auto text = test::output_of([&] {
        CHECK_FALSE(renew_due(at.folder.path(), late,
                              {.within = std::chrono::days(30),
                               .lifetime = std::chrono::days(730),
                               .receipt_limit = std::chrono::seconds(1)}));
    });
    CHECK_THAT(text, ContainsSubstring("server ends on ") &&
                         ContainsSubstring("with the authority itself") &&
                         ContainsSubstring("ca ends on "));
    CHECK(at.certificate("server").serial == before.serial);
}

TEST_CASE("what another authority signed is not renewed here") {
    const CertFolder at;
    at.quietly({"init"});
    const auto cloud = test::make_authority("Cloud", "cloud");
    const auto bridge = test::make_leaf(cloud, {.usage = "clientAuth"});
    write_file(at.certs / "bridge.crt", bridge.pem(), FileMode::public_);
    write_file(at.certs / "bridge.key", certs::to_pem(*bridge.key), FileMode::secret);
    CHECK_THROWS_WITH(at.run({"renew", "bridge"}), ContainsSubstring("is signed by \"cloud\""));
    CHECK_THROWS_WITH(at.run({"revoke", "bridge"}), ContainsSubstring("has signed nothing"));
    CHECK_THROWS_WITH(at.run({"renew", "nobody"}), ContainsSubstring("does not exist"));
}
