#include "certs/authority.hpp"
#include "certs/pem.hpp"
#include "core/error.hpp"
#include "plugin/certificate.hpp"
#include "support/catch.hpp"
#include "support/client_certificates.hpp"
#include "support/temp_folder.hpp"

using namespace holdfast;
using namespace holdfast::test;

TEST_CASE("the user of a certificate is the one name of the kind that was asked for") {
    using Names = std::vector<std::string>;
    struct Row {
        Names common_names;
        std::string alt_names;
        CertificateName kind;
        std::optional<std::string> user;
    };
    const auto row = GENERATE(values<Row>({
        {{"pump 7"}, "", CertificateName::common_name, "pump 7"},
        {{"p\xc3\xbcmp"}, "", CertificateName::common_name, "p\xc3\xbcmp"},
        {{"pump"}, "DNS:pump.site", CertificateName::dns, "pump.site"},
        {{"pump"}, "DNS:pump.site,email:p@site", CertificateName::email, "p@site"},
        {{"pump"}, "URI:urn:dev:7,DNS:x", CertificateName::uri, "urn:dev:7"},
        {{}, "", CertificateName::common_name, std::nullopt},
        {{"pump"}, "", CertificateName::dns, std::nullopt},
        {{"pump"}, "DNS:x", CertificateName::uri, std::nullopt},
        // Two names would let the authority's less careful half choose the user.
        {{"pump", "admin"}, "", CertificateName::common_name, std::nullopt},
        {{"pump"}, "DNS:x,DNS:y", CertificateName::dns, std::nullopt},
    }));
    CAPTURE(row.common_names, row.alt_names);
    const auto certificate = certificate_with(row.common_names, row.alt_names);
    const auto read = read_certificate(*certificate, row.kind);
    CHECK(read.user == row.user);
    CHECK(read.names_user);
    CHECK_FALSE(read_certificate(*certificate, std::nullopt).names_user);
}

TEST_CASE("a revocation list has the certificates that it names and no others") {
    const TempFolder folder;
    const auto now = std::chrono::system_clock::now();
    const auto authority = certs::Authority::create(folder.path(), "Test CA", now);
    for (const auto* name : {"alice", "bob"}) {
        certs::save(authority.issue({.purpose = certs::Purpose::client, .common_name = name}, now),
                    folder.path(), name);
    }
    const auto id_of = [&](const std::string& name) {
        const auto chain =
            certs::load_certificates(folder / (name + ".crt"), certs::Remedy::issue_again);
        return read_certificate(*chain.front(), std::nullopt).id;
    };
    const auto list = revocation_list(folder.path(), {folder / "bob.crt"});
    const auto revocations = Revocations::parse(list, "crl");
    CHECK(revocations.size() == 1);
    CHECK(revocations.has(id_of("bob")));
    CHECK_FALSE(revocations.has(id_of("alice")));
    CHECK_FALSE(revocations.has(""));
    const auto both = revocation_list(folder.path(), {folder / "alice.crt"}) + list;
    CHECK(Revocations::parse(both, "crl").size() == 2);
    CHECK(Revocations::parse(revocation_list(folder.path(), {}), "crl").size() == 0);
}

TEST_CASE("what is no revocation list is refused") {
    CHECK_THROWS_WITH(Revocations::parse("", "crl"),
                      "crl: there is no revocation list in it; it begins with -----BEGIN X509 "
                      "CRL-----");
    const TempFolder folder;
    certs::Authority::create(folder.path(), "Test CA", std::chrono::system_clock::now());
    auto list = revocation_list(folder.path(), {});
    list[list.size() / 2] = '!';
    CHECK_THROWS_WITH(Revocations::parse(list, "crl"),
                      ContainsSubstring("crl: a revocation list in it cannot be read: "));
    CHECK_THROWS_AS(Revocations::parse(revocation_list(folder.path(), {}) + list, "crl"),
                    InputError);
}
