#include "certs/export.hpp"

#include "certs/openssl_error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

namespace holdfast::certs {

namespace {

constexpr const char* cannot_export = "cannot make the PKCS #12 file";

struct Pkcs12Free {
    void operator()(PKCS12* file) const noexcept { PKCS12_free(file); }
};

/// Base64 and dashes: nothing in it needs an escape.
std::string c_string(std::string_view name, const std::string& pem) {
    std::string text = fmt::format("static const char {}[] =", name);
    for (const auto line : split(pem, '\n')) {
        if (!trim(line).empty()) {
            text += fmt::format("\n    \"{}\\n\"", trim(line));
        }
    }
    return text + ";\n";
}

} // namespace

std::string to_bundle(const Credentials& credentials, const std::string& ca_pem) {
    return credentials.certificate_pem + credentials.key_pem + ca_pem;
}

std::string to_pkcs12(const Credentials& credentials, const std::string& ca_pem,
                      const std::string& name, const std::string& password) {
    const auto chain =
        parse_certificates(credentials.certificate_pem, "the certificate", Remedy::issue_again);
    const auto key = parse_key(credentials.key_pem, "the key", Remedy::issue_again);
    const auto others = expect(CertificatesHandle(sk_X509_new_null()), cannot_export);
    for (const auto& authority : parse_certificates(ca_pem, "the CA", Remedy::make_authority)) {
        expect(X509_add_cert(others.get(), authority.get(), X509_ADD_FLAG_UP_REF), cannot_export);
    }
    const auto file = expect(std::unique_ptr<PKCS12, Pkcs12Free>(
                                 PKCS12_create(password.c_str(), name.c_str(), key.get(),
                                               chain.front().get(), others.get(), 0, 0, 0, 0, 0)),
                             cannot_export);
    const auto bio = expect(BioHandle(BIO_new(BIO_s_secmem())), cannot_export);
    expect(i2d_PKCS12_bio(bio.get(), file.get()), cannot_export);
    char* data = nullptr;
    const auto size = BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, static_cast<void*>(&data));
    return {data, static_cast<std::size_t>(size)};
}

std::string to_c_header(const Credentials& credentials, const std::string& ca_pem) {
    const auto own =
        parse_certificates(credentials.certificate_pem, "the certificate", Remedy::issue_again);
    const auto description = describe(*own.front());
    return fmt::format("// Secret: who has this file is {}. Counts until {}.\n#pragma once\n\n",
                       quoted(description.subject), utc_text(description.not_after)) +
           c_string("holdfast_ca_pem", ca_pem) + "\n" +
           c_string("holdfast_certificate_pem", credentials.certificate_pem) + "\n" +
           c_string("holdfast_key_pem", credentials.key_pem);
}

} // namespace holdfast::certs
