#include "certs/check.hpp"
#include "certs/export.hpp"
#include "certs/issued.hpp"
#include "certs/revocation_list.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "unit/certs/fixture.hpp"
#include "unit/certs/tls_meeting.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>

using namespace holdfast;
using namespace holdfast::certs;
using test::made_at;
using test::meet;

TEST_CASE("keys of each type serve an authority and a server and a client") {
    struct Row {
        std::string name;
        std::string algorithm;
        int bits;
    };
    const auto row = GENERATE(values<Row>({{"ec-p256", "EC", 256}, {"rsa-2048", "RSA", 2048}}));
    CAPTURE(row.name);
    const auto type = parse_key_type(row.name);
    const test::TempFolder folder;
    const auto authority =
        Authority::create(folder.path(), "greenhouse", made_at, {.key_type = type});
    auto request = test::for_server({"pi"});
    request.key_type = type;
    const auto server = authority.issue(request, made_at);
    request = test::for_client("bridge");
    request.key_type = type;
    const auto client = authority.issue(request, made_at);
    const auto trusted = authority.certificate_pem();
    CHECK(meet({server, trusted, "pi", made_at, client, trusted}).empty());
    const auto key = parse_key(server.key_pem, "k", Remedy::issue_again);
    CHECK(EVP_PKEY_is_a(key.get(), row.algorithm.c_str()) == 1);
    CHECK(EVP_PKEY_get_bits(key.get()) == row.bits);
}

TEST_CASE("an unknown type of key is refused with those there are") {
    CHECK(parse_key_type("rsa-4096") == KeyType::rsa_4096);
    CHECK_THROWS_WITH(parse_key_type("rsa"), ContainsSubstring("ec-p256, rsa-2048 and rsa-4096"));
}

TEST_CASE("the key of an authority can be locked with a passphrase") {
    const test::TempFolder folder;
    Authority::create(folder.path(), "greenhouse", made_at, {.passphrase = "open sesame"});
    CHECK_THAT(read_file(folder / "ca.key"), ContainsSubstring("BEGIN ENCRYPTED PRIVATE KEY"));
    CHECK_THROWS_WITH(Authority::open(folder.path()), ContainsSubstring("needs a passphrase"));
    CHECK_THROWS_WITH(Authority::open(folder.path(), [] { return std::string("sesame"); }),
                      ContainsSubstring("the passphrase is not this key's"));
    const auto authority =
        Authority::open(folder.path(), [] { return std::string("open sesame"); });
    CHECK_NOTHROW(authority.issue(test::for_client("bridge"), made_at));
}

TEST_CASE("nobody is asked for the passphrase of a key that has none") {
    const test::Site site;
    CHECK_NOTHROW(
        Authority::open(site.folder.path(), []() -> std::string { throw Error("asked"); }));
}

TEST_CASE("a certificate is issued again for the key that there is") {
    const test::Site site;
    const auto first = site.authority.issue(test::for_client("bridge"), made_at);
    auto request = test::for_client("bridge");
    request.key_pem = first.key_pem;
    const auto second = site.authority.issue(request, made_at + std::chrono::days(30));
    CHECK(second.key_pem == first.key_pem);
    CHECK(second.certificate_pem != first.certificate_pem);
    save(second, site.folder.path(), "bridge");
    CHECK(check_pair(site.folder / "bridge.crt", site.folder / "bridge.key").empty());
}

TEST_CASE("an authority keeps what it signed until it has expired") {
    const test::Site site;
    CHECK(issued(site.folder.path()).empty());
    auto request = test::for_client("short");
    request.lifetime = std::chrono::days(10);
    record_issued(site.folder.path(), site.authority.issue(request, made_at).certificate_pem,
                  made_at);
    const auto record = [&](const std::string& name, TimePoint now) {
        record_issued(site.folder.path(),
                      site.authority.issue(test::for_client(name), now).certificate_pem, now);
    };
    record("long", made_at);
    CHECK(issued(site.folder.path()).size() == 2);
    record("late", made_at + std::chrono::days(11));
    const auto left = issued(site.folder.path());
    REQUIRE(left.size() == 2);
    CHECK(describe(*left.front()).subject == "long");
    CHECK(describe(*left.back()).subject == "late");
}

TEST_CASE("a revocation list grows and forgets nobody and names each once") {
    const test::Site site;
    const auto list = site.folder / "crl.pem";
    CHECK(revoked_serials(list).empty());
    const auto revoke = [&](const std::string& name) {
        const auto path = site.issue(test::for_client(name), name);
        auto chain = load_certificates(path, Remedy::issue_again);
        chain.push_back(std::move(load_certificates(path, Remedy::issue_again).front())); // again
        write_file(list, site.authority.revocation_list(read_file(list), chain, made_at),
                   FileMode::public_);
        return describe(path).serial;
    };
    const auto first = revoke("first");
    const auto second = revoke("second");
    CHECK(revoked_serials(list) == std::set<std::string>{first, second});
    write_file(list, "nothing", FileMode::public_);
    CHECK_THROWS_AS(revoked_serials(list), InputError);
    CHECK(revoked_serials(site.folder / "none.pem").empty());
}

TEST_CASE("a new authority in the place of another does not inherit its lists") {
    const test::Site site;
    record_issued(site.folder.path(),
                  site.authority.issue(test::for_client("x"), made_at).certificate_pem, made_at);
    Authority::create(site.folder.path(), "greenhouse", made_at, {.replace = true});
    CHECK(issued(site.folder.path()).empty());
    CHECK(revoked_serials(site.folder / "crl.pem").empty());
}

TEST_CASE("an authority knows what it signed from what another of its name signed") {
    const test::Site site;
    const test::Site other;
    const auto own =
        parse_certificates(site.authority.issue(test::for_client("x"), made_at).certificate_pem,
                           "x", Remedy::issue_again);
    CHECK(site.authority.signed_by_us(*own.front()));
    CHECK_FALSE(other.authority.signed_by_us(*own.front()));
}

TEST_CASE("a bundle holds certificate and key and authority") {
    const test::Site site;
    const auto client = site.authority.issue(test::for_client("esp32"), made_at);
    const auto text = to_bundle(client, site.authority.certificate_pem());
    CHECK(parse_certificates(text, "b", Remedy::issue_again).size() == 2);
    const auto certificate = std::move(parse_certificates(text, "b", Remedy::issue_again).front());
    CHECK_FALSE(pair_fault(*certificate, *parse_key(text, "b", Remedy::issue_again)));
}

TEST_CASE("a PKCS 12 file opens with its password and no other") {
    const test::Site site;
    const auto client = site.authority.issue(test::for_client("phone"), made_at);
    const auto bytes = to_pkcs12(client, site.authority.certificate_pem(), "phone", "a password");
    const BioHandle bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    struct Free {
        void operator()(PKCS12* file) const noexcept { PKCS12_free(file); }
    };
    const std::unique_ptr<PKCS12, Free> file(d2i_PKCS12_bio(bio.get(), nullptr));
    REQUIRE(file);
    CHECK(PKCS12_verify_mac(file.get(), "another", -1) == 0);
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    stack_st_X509* others = nullptr;
    REQUIRE(PKCS12_parse(file.get(), "a password", &key, &certificate, &others) == 1);
    const KeyHandle own_key(key);
    const CertificateHandle own(certificate);
    const CertificatesHandle rest(others);
    CHECK(describe(*own).subject == "phone");
    CHECK_FALSE(pair_fault(*own, *own_key));
    REQUIRE(sk_X509_num(rest.get()) == 1);
    CHECK(describe(*sk_X509_value(rest.get(), 0)).authority);
}

TEST_CASE("a C header holds the three texts as strings") {
    const test::Site site;
    const auto client = site.authority.issue(test::for_client("esp32"), made_at);
    const auto ca = site.authority.certificate_pem();
    const auto header = to_c_header(client, ca);
    CHECK_THAT(header, ContainsSubstring("#pragma once"));
    // What a compiler would put together of the strings.
    const auto value_of = [&header](const std::string& name) {
        auto at = header.find(name + "[] =");
        const auto end = header.find(";\n", at);
        std::string value;
        while ((at = header.find('"', at)) < end) {
            const auto close = header.find('"', at + 1);
            value += header.substr(at + 1, close - at - 3) + "\n";
            at = close + 1;
        }
        return value;
    };
    CHECK(value_of("holdfast_ca_pem") == ca);
    CHECK(value_of("holdfast_certificate_pem") == client.certificate_pem);
    CHECK(value_of("holdfast_key_pem") == client.key_pem);
}
