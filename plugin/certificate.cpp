#include "plugin/certificate.hpp"

#include "certs/handles.hpp"
#include "certs/openssl_error.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <vector>

namespace holdfast {

namespace {

using certs::expect;

std::string_view bytes_of(const ASN1_STRING* string) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}

// The serial has its sign beside its bytes, and two encodings of one name must not differ.
std::string id_of(const X509_NAME* issuer, const ASN1_INTEGER* serial) {
    const unsigned char* encoded = nullptr;
    std::size_t size = 0;
    expect(X509_NAME_get0_der(issuer, &encoded, &size), "cannot encode an issuer's name");
    std::string id(reinterpret_cast<const char*>(encoded), size);
    id += ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER ? '-' : '+';
    return id.append(bytes_of(serial));
}

std::vector<std::string> common_names(const x509_st& certificate) {
    const auto* subject = X509_get_subject_name(&certificate);
    std::vector<std::string> names;
    for (int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); at >= 0;
         at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) {
        unsigned char* utf8 = nullptr;
        const int size =
            ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
        expect(size, "cannot read a common name");
        const certs::OpenSslText text(reinterpret_cast<char*>(utf8));
        names.emplace_back(text.get(), static_cast<std::size_t>(size));
    }
    return names;
}

std::vector<std::string> alt_names(const x509_st& certificate, int kind) {
    const certs::AltNamesHandle all(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::vector<std::string> names;
    for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
        int type = 0;
        const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(all.get(), i), &type);
        if (type == kind) {
            names.emplace_back(bytes_of(static_cast<const ASN1_STRING*>(value)));
        }
    }
    return names;
}

std::vector<std::string> names_of(const x509_st& certificate, CertificateName name) {
    switch (name) {
    case CertificateName::common_name:
        return common_names(certificate);
    case CertificateName::dns:
        return alt_names(certificate, GEN_DNS);
    case CertificateName::email:
        return alt_names(certificate, GEN_EMAIL);
    case CertificateName::uri:
        return alt_names(certificate, GEN_URI);
    }
    return {};
}

// The broker takes user names as C strings.
bool is_whole(const std::string& name) {
    return !name.empty() && name.find('\0') == std::string::npos && is_utf8(name);
}

} // namespace

ClientCertificate read_certificate(x509_st& certificate, std::optional<CertificateName> name) {
    ClientCertificate read{
        name.has_value(), std::nullopt,
        id_of(X509_get_issuer_name(&certificate), X509_get0_serialNumber(&certificate))};
    if (name) {
        auto names = names_of(certificate, *name);
        if (names.size() == 1 && is_whole(names.front())) {
            read.user = std::move(names.front());
        }
    }
    return read;
}

Revocations Revocations::of(std::unordered_set<std::string> ids) {
    Revocations revocations;
    revocations.ids_ = std::move(ids);
    return revocations;
}

Revocations Revocations::parse(std::string_view pem, std::string_view path) {
    const auto bio =
        expect(certs::BioHandle(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))),
               "cannot read a revocation list");
    Revocations revocations;
    bool any = false;
    while (const auto list =
               certs::CrlHandle(PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr))) {
        any = true;
        auto* revoked = X509_CRL_get_REVOKED(list.get());
        for (int i = 0; i < sk_X509_REVOKED_num(revoked); ++i) {
            const auto* entry = sk_X509_REVOKED_value(revoked, i);
            revocations.ids_.insert(
                id_of(X509_CRL_get_issuer(list.get()), X509_REVOKED_get0_serialNumber(entry)));
        }
    }
    const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const auto reasons = certs::take_openssl_reasons();
    if (!at_the_end) {
        throw InputError(path, 0, "a revocation list in it cannot be read: " + reasons);
    }
    if (!any) {
        throw InputError(path, 0,
                         "there is no revocation list in it; it begins with -----BEGIN "
                         "X509 CRL-----");
    }
    return revocations;
}

} // namespace holdfast
