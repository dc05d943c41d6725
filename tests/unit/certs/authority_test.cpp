#include "certs/authority.hpp"
#include "certs/pem.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "unit/certs/fixture.hpp"

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <set>

using namespace holdfast;
using namespace holdfast::certs;
using namespace std::chrono_literals;
using test::made_at;

namespace {

unsigned mode_of(const std::filesystem::path& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777U;
}

CertificateHandle only(const std::string& pem) {
    auto all = parse_certificates(pem, "test", Remedy::issue_again);
    REQUIRE(all.size() == 1);
    return std::move(all.front());
}

bool is_critical(const X509& certificate, int nid) {
    const int index = X509_get_ext_by_NID(&certificate, nid, -1);
    REQUIRE(index >= 0);
    return X509_EXTENSION_get_critical(X509_get_ext(&certificate, index)) == 1;
}

} // namespace

TEST_CASE("a new authority may sign certificates and CRLs but no other authority") {
    const test::Site site;
    const auto certificate = only(read_file(site.ca()));
    CHECK(X509_get_version(certificate.get()) == X509_VERSION_3);
    CHECK(X509_check_ca(certificate.get()) == 1);
    CHECK(X509_get_pathlen(certificate.get()) == 0);
    CHECK(X509_get_key_usage(certificate.get()) == (KU_KEY_CERT_SIGN | KU_CRL_SIGN));
    CHECK(is_critical(*certificate, NID_basic_constraints));
    CHECK(is_critical(*certificate, NID_key_usage));
    CHECK(X509_get0_subject_key_id(certificate.get()) != nullptr);
    const auto description = site.authority.description();
    CHECK(description.subject == "greenhouse");
    CHECK(description.not_before == made_at - 24h);
    CHECK(description.not_after == made_at + std::chrono::days(3650));
}

TEST_CASE("keys are for their owner alone and certificates for everyone") {
    const test::Site site;
    site.issue(test::for_server({"pi.local"}), "broker");
    CHECK(mode_of(site.folder / "ca.key") == 0600);
    CHECK(mode_of(site.folder / "ca.crt") == 0644);
    CHECK(mode_of(site.folder / "broker.key") == 0600);
    CHECK(mode_of(site.folder / "broker.crt") == 0644);
}

TEST_CASE("an authority is not overwritten unless that is asked for") {
    const test::Site site;
    const auto before = read_file(site.ca());
    CHECK_THROWS_WITH(Authority::create(site.folder.path(), "other", made_at),
                      ContainsSubstring("ca.crt: exists already") && ContainsSubstring("--force"));
    std::filesystem::remove(site.ca());
    CHECK_THROWS_WITH(Authority::create(site.folder.path(), "other", made_at),
                      ContainsSubstring("ca.key: exists already"));
    write_file(site.ca(), before, FileMode::public_);
    CHECK(Authority::open(site.folder.path()).certificate_pem() == before);
    Authority::create(site.folder.path(), "other", made_at, {.replace = true});
    CHECK(Authority::open(site.folder.path()).description().subject == "other");
}

TEST_CASE("no authority is made by a clock that was never set") {
    const test::TempFolder folder;
    CHECK_THROWS_WITH(Authority::create(folder.path(), "x", TimePoint(42s)),
                      ContainsSubstring("the clock says 1970-01-01 00:00 UTC"));
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a leaf has the rights of its purpose and no more") {
    const test::Site site;
    const bool server = GENERATE(true, false);
    const auto request = server ? test::for_server({"pi.local"}) : test::for_client("bridge");
    const auto leaf = only(site.authority.issue(request, made_at).certificate_pem);
    CHECK(X509_get_version(leaf.get()) == X509_VERSION_3);
    CHECK(X509_check_ca(leaf.get()) == 0);
    CHECK(X509_get_key_usage(leaf.get()) == KU_DIGITAL_SIGNATURE);
    CHECK(X509_get_extended_key_usage(leaf.get()) ==
          static_cast<unsigned>(server ? XKU_SSL_SERVER : XKU_SSL_CLIENT));
    CHECK(is_critical(*leaf, NID_basic_constraints));
    CHECK(is_critical(*leaf, NID_key_usage));
    const auto authority = only(site.authority.certificate_pem());
    CHECK(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(leaf.get()),
                                X509_get0_subject_key_id(authority.get())) == 0);
    CHECK(X509_get0_subject_key_id(leaf.get()) != nullptr);
}

TEST_CASE("serials are positive and 20 octets long and differ") {
    const test::Site site;
    std::set<std::string> seen;
    for (int i = 0; i < 50; ++i) {
        const auto leaf =
            only(site.authority.issue(test::for_client("c"), made_at).certificate_pem);
        const auto* serial = X509_get0_serialNumber(leaf.get());
        CHECK(ASN1_STRING_length(serial) == 20);
        CHECK((ASN1_STRING_get0_data(serial)[0] & 0x80U) == 0);
        seen.insert(describe(*leaf).serial);
    }
    CHECK(seen.size() == 50);
}

TEST_CASE("a leaf never outlives its authority and never precedes it") {
    const test::Site site;
    const auto own = site.authority.description();
    auto request = test::for_client("bridge");
    request.lifetime = std::chrono::days(730);
    const auto early = describe(*only(site.authority.issue(request, made_at).certificate_pem));
    CHECK(early.not_before == own.not_before);
    CHECK(early.not_after == made_at + request.lifetime);
    const auto late = own.not_after - std::chrono::days(10);
    const auto clamped = describe(*only(site.authority.issue(request, late).certificate_pem));
    CHECK(clamped.not_before == late - 24h);
    CHECK(clamped.not_after == own.not_after);
}

TEST_CASE("an authority that is not valid now signs nothing and says which date is wrong") {
    const test::Site site;
    const auto own = site.authority.description();
    CHECK_THROWS_WITH(site.authority.issue(test::for_client("c"), own.not_after),
                      ContainsSubstring("valid from 2030-06-14 12:00 UTC to 2040-06-12 12:00 UTC"));
    CHECK_THROWS_WITH(site.authority.issue(test::for_client("c"), TimePoint(0s)),
                      ContainsSubstring("the clock says 1970-01-01 00:00 UTC"));
}

TEST_CASE("a leaf with the common name of its authority still has another subject") {
    const test::Site site;
    const auto leaf =
        only(site.authority.issue(test::for_client("greenhouse"), made_at).certificate_pem);
    CHECK(X509_NAME_cmp(X509_get_subject_name(leaf.get()), X509_get_issuer_name(leaf.get())) != 0);
}

TEST_CASE("a request that cannot be met is refused with the reason") {
    struct Row {
        Request request;
        std::string message;
    };
    const std::string long_name(65, 'x');
    const auto row = GENERATE_COPY(values<Row>({
        {test::for_server({}), "needs at least one name or address"},
        {test::for_server({"pi.local", "two words"}), "the name \"two words\" has a character"},
        {test::for_client(""), "the common name \"\" cannot be used"},
        {test::for_client("a\nb"), "cannot be used"},
        {test::for_client("\xff"), "cannot be used"},
        {test::for_client(long_name), "give 1 to 64 characters"},
        {{Purpose::client, "c", {}, std::chrono::days(0)}, "a lifetime of 0 days"},
        {{Purpose::client, "c", {}, std::chrono::days(40000)}, "a lifetime of 40000 days"},
    }));
    const test::Site site;
    CHECK_THROWS_WITH(site.authority.issue(row.request, made_at), ContainsSubstring(row.message));
}

TEST_CASE("a certificate's files have a plain name and never replace the authority") {
    const test::Site site;
    const auto before = read_file(site.ca());
    const auto credentials = site.authority.issue(test::for_client("c"), made_at);
    for (const auto* name : {"", "ca", "../x", "a/b", ".hidden", "a b"}) {
        CAPTURE(name);
        CHECK_THROWS_WITH(save(credentials, site.folder.path(), name),
                          ContainsSubstring("cannot name a certificate's files"));
    }
    CHECK(read_file(site.ca()) == before);
}

TEST_CASE("an authority whose files do not fit together is not opened") {
    const test::Site site;
    const test::Site other;
    site.issue(test::for_client("c"), "c");
    SECTION("a key of another authority") {
        write_file(site.folder / "ca.key", read_file(other.folder / "ca.key"), FileMode::secret);
        CHECK_THROWS_WITH(Authority::open(site.folder.path()),
                          ContainsSubstring("ca.crt: does not belong to the key") &&
                              ContainsSubstring("same backup"));
    }
    SECTION("a certificate that may not sign") {
        write_file(site.ca(), read_file(site.folder / "c.crt"), FileMode::public_);
        write_file(site.folder / "ca.key", read_file(site.folder / "c.key"), FileMode::secret);
        CHECK_THROWS_WITH(Authority::open(site.folder.path()),
                          ContainsSubstring("ca.crt: is not the certificate of an authority"));
    }
}
