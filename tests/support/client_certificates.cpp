#include "support/client_certificates.hpp"

#include "certs/certificate_builder.hpp"
#include "certs/openssl_error.hpp"
#include "certs/pem.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace holdfast::test {

namespace {

constexpr const char* cannot_make = "cannot make a test certificate";

struct TimeFree {
    void operator()(ASN1_TIME* time) const noexcept { ASN1_TIME_free(time); }
};
using Time = std::unique_ptr<ASN1_TIME, TimeFree>;

Time seconds_from_now(long seconds) {
    return certs::expect(Time(X509_gmtime_adj(nullptr, seconds)), cannot_make);
}

void revoke(X509_CRL* list, x509_st& certificate, const ASN1_TIME* time) {
    X509_REVOKED* entry = X509_REVOKED_new();
    certs::expect(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(&certificate)),
                  cannot_make);
    ASN1_TIME* copy = ASN1_STRING_dup(time);
    certs::expect(X509_REVOKED_set_revocationDate(entry, copy), cannot_make);
    ASN1_TIME_free(copy);
    certs::expect(X509_CRL_add0_revoked(list, entry), cannot_make); // takes it
}

std::string pem_of(X509_CRL* list) {
    const auto bio = certs::expect(certs::BioHandle(BIO_new(BIO_s_mem())), cannot_make);
    certs::expect(PEM_write_bio_X509_CRL(bio.get(), list), cannot_make);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

} // namespace

certs::CertificateHandle certificate_with(const std::vector<std::string>& common_names,
                                          const std::string& alt_names) {
    const auto key = certs::new_key();
    certs::CertificateBuilder builder;
    for (const auto& name : common_names) {
        builder.subject("CN", name);
    }
    const auto now = std::chrono::system_clock::now();
    builder.validity(now, now + std::chrono::hours(1));
    builder.public_key(*key);
    builder.issued_by_itself();
    if (!alt_names.empty()) {
        builder.extension(NID_subject_alt_name, alt_names.c_str());
    }
    return std::move(builder).sign(*key);
}

std::string revocation_list(const std::filesystem::path& folder,
                            const std::vector<std::filesystem::path>& certificates) {
    const auto authority =
        certs::load_certificates(folder / "ca.crt", certs::Remedy::make_authority);
    const auto key = certs::load_key(folder / "ca.key", certs::Remedy::make_authority);
    const auto list = certs::expect(certs::CrlHandle(X509_CRL_new()), cannot_make);
    const auto now = seconds_from_now(-60);
    certs::expect(X509_CRL_set_version(list.get(), X509_CRL_VERSION_2), cannot_make);
    certs::expect(
        X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(authority.front().get())),
        cannot_make);
    certs::expect(X509_CRL_set1_lastUpdate(list.get(), now.get()), cannot_make);
    certs::expect(X509_CRL_set1_nextUpdate(list.get(), seconds_from_now(3600).get()), cannot_make);
    for (const auto& path : certificates) {
        const auto chain = certs::load_certificates(path, certs::Remedy::issue_again);
        revoke(list.get(), *chain.front(), now.get());
    }
    certs::expect(X509_CRL_sign(list.get(), key.get(), EVP_sha256()), cannot_make);
    return pem_of(list.get());
}

} // namespace holdfast::test
