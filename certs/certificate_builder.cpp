#include "certs/certificate_builder.hpp"

#include "certs/openssl_error.hpp"

#include <openssl/bn.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace holdfast::certs {

namespace {

constexpr const char* cannot_build = "cannot build the certificate";

/// 159 bits, the highest one set: always positive, always 20 octets, 158 bits of chance.
constexpr int serial_bits = 159;

void set_random_serial(x509_st& certificate) {
    const auto number = expect(BignumHandle(BN_new()), cannot_build);
    expect(BN_rand(number.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY),
           "cannot make a random serial");
    const auto serial =
        expect(Asn1StringHandle(BN_to_ASN1_INTEGER(number.get(), nullptr)), cannot_build);
    expect(X509_set_serialNumber(&certificate, serial.get()), cannot_build);
}

AltNameHandle general_name(const AltName& name) {
    auto general = expect(AltNameHandle(GENERAL_NAME_new()), cannot_build);
    Asn1StringHandle value;
    if (name.kind() == AltName::Kind::address) {
        value.reset(a2i_IPADDRESS(name.str().c_str()));
    } else {
        value.reset(ASN1_IA5STRING_new());
        expect(ASN1_STRING_set(value.get(), name.str().data(), static_cast<int>(name.str().size())),
               cannot_build);
    }
    value = expect(std::move(value), name.str());
    GENERAL_NAME_set0_value(general.get(),
                            name.kind() == AltName::Kind::address ? GEN_IPADD : GEN_DNS,
                            value.release());
    return general;
}

} // namespace

CertificateBuilder::CertificateBuilder()
    : certificate_(expect(CertificateHandle(X509_new()), cannot_build)) {
    expect(X509_set_version(certificate_.get(), X509_VERSION_3), cannot_build);
    set_random_serial(*certificate_);
}

void CertificateBuilder::subject(const char* field, const std::string& value) {
    expect(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate_.get()), field,
                                      MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(value.data()),
                                      static_cast<int>(value.size()), -1, 0),
           cannot_build);
}

void CertificateBuilder::validity(TimePoint not_before, TimePoint not_after) {
    using std::chrono::system_clock;
    const bool set = ASN1_TIME_set(X509_getm_notBefore(certificate_.get()),
                                   system_clock::to_time_t(not_before)) != nullptr &&
                     ASN1_TIME_set(X509_getm_notAfter(certificate_.get()),
                                   system_clock::to_time_t(not_after)) != nullptr;
    expect(set ? 1 : 0, cannot_build);
}

void CertificateBuilder::public_key(evp_pkey_st& key) {
    expect(X509_set_pubkey(certificate_.get(), &key), cannot_build);
}

void CertificateBuilder::issued_by(x509_st& issuer) {
    expect(X509_set_issuer_name(certificate_.get(), X509_get_subject_name(&issuer)), cannot_build);
    issuer_ = &issuer;
}

void CertificateBuilder::extension(int nid, const char* value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer_, certificate_.get(), nullptr, nullptr, 0);
    const auto extension =
        expect(ExtensionHandle(X509V3_EXT_conf_nid(nullptr, &context, nid, value)), cannot_build);
    expect(X509_add_ext(certificate_.get(), extension.get(), -1), cannot_build);
}

void CertificateBuilder::alt_names(std::span<const AltName> names) {
    const auto stack = expect(AltNamesHandle(GENERAL_NAMES_new()), cannot_build);
    for (const auto& name : names) {
        auto general = general_name(name);
        expect(sk_GENERAL_NAME_push(stack.get(), general.get()), cannot_build);
        static_cast<void>(general.release()); // the stack owns it now
    }
    expect(X509_add1_ext_i2d(certificate_.get(), NID_subject_alt_name, stack.get(), 0,
                             X509V3_ADD_DEFAULT),
           cannot_build);
}

CertificateHandle CertificateBuilder::sign(evp_pkey_st& issuer_key) && {
    expect(X509_sign(certificate_.get(), &issuer_key, EVP_sha256()), "cannot sign the certificate");
    return std::move(certificate_);
}

} // namespace holdfast::certs
