#include "cert_folder.hpp"
#include "certs/revocation_list.hpp"

using namespace holdfast;
using namespace holdfast::cli;
using test::CertFolder;

namespace fs = std::filesystem;

namespace {

/// The line of `cert list` that begins with the name.
std::string row(const CertFolder& at, const std::string& name) {
    const auto text = "\n" + at.output({"list"});
    const auto begin = text.find("\n" + name + " ");
    REQUIRE(begin != std::string::npos);
    return text.substr(begin + 1, text.find('\n', begin + 1) - begin - 1);
}

} // namespace

TEST_CASE("revoke takes all that was made for a name and nobody else") {
    const CertFolder at;
    at.quietly({"init"});
    at.quietly({"issue", "phone"});
    at.quietly({"issue", "pump"});
    const auto first = at.certificate("phone").serial;
    at.quietly({"renew", "phone", "--new-key"});
    const auto second = at.certificate("phone").serial;
    at.quietly({"revoke", "phone"});
    CHECK(certs::revoked_serials(at.certs / "crl.pem") == std::set<std::string>{first, second});
    at.quietly({"revoke", "pump"});
    CHECK(certs::revoked_serials(at.certs / "crl.pem").size() == 3);
}

TEST_CASE("revoke finds a certificate from before there was a record") {
    const CertFolder at;
    at.quietly({"init"});
    at.quietly({"issue", "phone"});
    fs::remove(at.certs / "issued.pem");
    fs::remove(at.certs / "crl.pem");
    at.quietly({"revoke", "phone"});
    CHECK(certs::revoked_serials(at.certs / "crl.pem") ==
          std::set<std::string>{at.certificate("phone").serial});
}

TEST_CASE("list shows who has what until when and what became of it") {
    const CertFolder at;
    CHECK_THROWS_WITH(at.run({"list"}), ContainsSubstring("'holdfast cert init'"));
    at.quietly({"init"});
    at.quietly({"issue", "server"});
    at.quietly({"issue", "phone", "--days", "30"});
    at.quietly({"issue", "pump"});
    at.quietly({"revoke", "pump"});
    CHECK_THAT(row(at, "ca"), ContainsSubstring(" authority ") && ContainsSubstring("days left"));
    CHECK_THAT(row(at, "server"), ContainsSubstring(" server ") && ContainsSubstring("appliance"));
    CHECK_THAT(row(at, "phone"),
               ContainsSubstring(" client ") &&
                   ContainsSubstring(certs::utc_text(at.certificate("phone").not_after)) &&
                   ContainsSubstring("29 days left"));
    CHECK_THAT(row(at, "pump"), ContainsSubstring("revoked"));
    at.quietly({"renew", "phone"});
    CHECK_THAT(at.output({"list"}), ContainsSubstring("29 days left, replaced or removed here"));
}
