#include "certs/chain.hpp"

#include "certs/alt_name.hpp"
#include "certs/openssl_error.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace holdfast::certs {

namespace {

constexpr const char* cannot_check = "cannot check a certificate";

StoreHandle trusted(const std::optional<Certificates>& authorities) {
    auto store = expect(StoreHandle(X509_STORE_new()), cannot_check);
    if (!authorities) {
        expect(X509_STORE_set_default_paths(store.get()), cannot_check);
        return store;
    }
    for (const auto& authority : *authorities) {
        expect(X509_STORE_add_cert(store.get(), authority.get()), cannot_check);
    }
    return store;
}

} // namespace

int verify_chain(const Certificates& chain, const std::optional<Certificates>& authorities) {
    const auto store = trusted(authorities);
    const auto others = expect(CertificatesHandle(sk_X509_new_null()), cannot_check);
    for (auto other = chain.begin() + 1; other != chain.end(); ++other) {
        expect(X509_add_cert(others.get(), other->get(), X509_ADD_FLAG_UP_REF), cannot_check);
    }
    const auto context = expect(StoreContextHandle(X509_STORE_CTX_new()), cannot_check);
    expect(X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), others.get()),
           cannot_check);
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME);
    X509_verify_cert(context.get());
    const int result = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    return result;
}

bool carries_name(x509_st& certificate, const std::string& host) {
    const AltName name(host);
    if (name.kind() == AltName::Kind::address) {
        return X509_check_ip_asc(&certificate, name.str().c_str(), 0) == 1;
    }
    return X509_check_host(&certificate, name.str().data(), name.str().size(),
                           X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                               X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                           nullptr) == 1;
}

} // namespace holdfast::certs
