#include "certs/inspect.hpp"

#include "certs/alt_name.hpp"
#include "certs/openssl_error.hpp"
#include "certs/pem.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/bn.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>

namespace holdfast::certs {

namespace {

std::string_view bytes_of(const ASN1_STRING* string) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string distinguished_name(const X509_NAME* name) {
    const auto bio = expect(BioHandle(BIO_new(BIO_s_mem())), "cannot print a name");
    X509_NAME_print_ex(bio.get(), name, 0,
                       XN_FLAG_RFC2253 & ~static_cast<unsigned>(ASN1_STRFLGS_ESC_MSB));
    char* data = nullptr;
    const auto size = BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string common_name(const X509_NAME* name) {
    const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (index < 0) {
        return distinguished_name(name);
    }
    unsigned char* utf8 = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
    if (size < 0) {
        take_openssl_reasons();
        return distinguished_name(name);
    }
    const OpenSslText text(reinterpret_cast<char*>(utf8));
    return {text.get(), static_cast<std::size_t>(size)};
}

std::vector<std::string> alt_names(const x509_st& certificate) {
    const AltNamesHandle names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::vector<std::string> texts;
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int type = 0;
        const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
        const auto* string = static_cast<const ASN1_STRING*>(value);
        if (type == GEN_DNS) {
            texts.emplace_back(bytes_of(string));
        } else if (type == GEN_IPADD) {
            texts.push_back(address_text(bytes_of(string)));
        }
    }
    return texts;
}

TimePoint to_time(const ASN1_TIME* time) {
    std::tm parts{};
    expect(ASN1_TIME_to_tm(time, &parts), "a date in the certificate cannot be read");
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string fingerprint_of(const x509_st& certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    expect(X509_digest(&certificate, EVP_sha256(), digest.data(), &size), "fingerprint");
    return fmt::format("{:02X}", fmt::join(digest.data(), digest.data() + size, ":"));
}

} // namespace

Description describe(x509_st& certificate) {
    return {
        .subject = common_name(X509_get_subject_name(&certificate)),
        .issuer = common_name(X509_get_issuer_name(&certificate)),
        .names = alt_names(certificate),
        .not_before = to_time(X509_get0_notBefore(&certificate)),
        .not_after = to_time(X509_get0_notAfter(&certificate)),
        .authority = X509_check_ca(&certificate) == 1,
        .for_server = X509_check_purpose(&certificate, X509_PURPOSE_SSL_SERVER, 0) == 1,
        .for_client = X509_check_purpose(&certificate, X509_PURPOSE_SSL_CLIENT, 0) == 1,
        .serial = serial_text(*X509_get0_serialNumber(&certificate)),
        .fingerprint = fingerprint_of(certificate),
    };
}

std::string serial_text(const asn1_string_st& serial) {
    const auto number = expect(BignumHandle(ASN1_INTEGER_to_BN(&serial, nullptr)), "serial");
    return expect(OpenSslText(BN_bn2hex(number.get())), "serial").get();
}

Description describe(const std::filesystem::path& path) {
    return describe(*load_certificates(path, Remedy::issue_again).front());
}

std::string utc_text(TimePoint time) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:%Y-%m-%d %H:%M} UTC", parts);
}

} // namespace holdfast::certs
