#include "certs/revocation_list.hpp"

#include "certs/openssl_error.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace holdfast::certs {

namespace {

constexpr const char* cannot_sign = "cannot make the revocation list";

struct CrlPartFree {
    void operator()(X509_REVOKED* entry) const noexcept { X509_REVOKED_free(entry); }
};
using EntryHandle = std::unique_ptr<X509_REVOKED, CrlPartFree>;

Asn1StringHandle asn1_time(TimePoint time) {
    return expect(
        Asn1StringHandle(ASN1_TIME_set(nullptr, std::chrono::system_clock::to_time_t(time))),
        cannot_sign);
}

CrlHandle parse(const std::string& pem) {
    const auto bio =
        expect(BioHandle(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))), cannot_sign);
    return expect(CrlHandle(PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)),
                  "the revocation list cannot be read");
}

void add(X509_crl_st& list, EntryHandle entry) {
    expect(X509_CRL_add0_revoked(&list, entry.get()), cannot_sign);
    static_cast<void>(entry.release()); // the list owns it now
}

/// Answers the number of the earlier list, 0 without one.
std::int64_t copy_earlier(X509_crl_st& list, const std::string& before) {
    if (before.empty()) {
        return 0;
    }
    const auto earlier = parse(before);
    auto* const entries = X509_CRL_get_REVOKED(earlier.get());
    for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
        add(list,
            expect(EntryHandle(X509_REVOKED_dup(sk_X509_REVOKED_value(entries, i))), cannot_sign));
    }
    const Asn1StringHandle number(static_cast<asn1_string_st*>(
        X509_CRL_get_ext_d2i(earlier.get(), NID_crl_number, nullptr, nullptr)));
    return number ? ASN1_INTEGER_get(number.get()) : 0;
}

void set_number(X509_crl_st& list, std::int64_t number) {
    const auto value = expect(Asn1StringHandle(ASN1_INTEGER_new()), cannot_sign);
    expect(ASN1_INTEGER_set_int64(value.get(), number), cannot_sign);
    expect(X509_CRL_add1_ext_i2d(&list, NID_crl_number, value.get(), 0, 0), cannot_sign);
}

bool holds(X509_crl_st& list, x509_st& certificate) {
    X509_REVOKED* found = nullptr;
    return X509_CRL_get0_by_serial(&list, &found, X509_get_serialNumber(&certificate)) == 1;
}

void revoke(X509_crl_st& list, x509_st& certificate, TimePoint now) {
    auto entry = expect(EntryHandle(X509_REVOKED_new()), cannot_sign);
    const auto date = asn1_time(now);
    expect(X509_REVOKED_set_serialNumber(entry.get(), X509_get_serialNumber(&certificate)),
           cannot_sign);
    expect(X509_REVOKED_set_revocationDate(entry.get(), date.get()), cannot_sign);
    add(list, std::move(entry));
}

std::string to_pem(X509_crl_st& list) {
    const auto bio = expect(BioHandle(BIO_new(BIO_s_mem())), cannot_sign);
    expect(PEM_write_bio_X509_CRL(bio.get(), &list), cannot_sign);
    char* data = nullptr;
    const auto size = BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, static_cast<void*>(&data));
    return {data, static_cast<std::size_t>(size)};
}

} // namespace

std::string sign_revocation_list(x509_st& issuer, evp_pkey_st& issuer_key,
                                 const std::string& before, const Certificates& more,
                                 TimePoint now) {
    const auto list = expect(CrlHandle(X509_CRL_new()), cannot_sign);
    expect(X509_CRL_set_version(list.get(), X509_CRL_VERSION_2), cannot_sign);
    expect(X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(&issuer)), cannot_sign);
    const auto begin = asn1_time(now - clock_allowance);
    expect(X509_CRL_set1_lastUpdate(list.get(), begin.get()), cannot_sign);
    expect(X509_CRL_set1_nextUpdate(list.get(), X509_get0_notAfter(&issuer)), cannot_sign);
    set_number(*list, copy_earlier(*list, before) + 1);
    for (const auto& certificate : more) {
        if (!holds(*list, *certificate)) {
            revoke(*list, *certificate, now);
        }
    }
    expect(X509_CRL_sort(list.get()), cannot_sign);
    expect(X509_CRL_sign(list.get(), &issuer_key, EVP_sha256()), cannot_sign);
    return to_pem(*list);
}

std::set<std::string> revoked_serials(const std::filesystem::path& path) {
    std::set<std::string> serials;
    if (!std::filesystem::exists(path)) {
        return serials;
    }
    const auto text = read_file(path);
    try {
        const auto list = parse(text);
        auto* const entries = X509_CRL_get_REVOKED(list.get());
        for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
            serials.insert(
                serial_text(*X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(entries, i))));
        }
    } catch (const Error& error) {
        throw InputError(path.string(), 0,
                         fmt::format("{}; restore it from a backup", error.what()));
    }
    return serials;
}

} // namespace holdfast::certs
