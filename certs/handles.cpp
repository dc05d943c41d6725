#include "certs/handles.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace holdfast::certs {

void OpenSslFree::operator()(asn1_string_st* string) const noexcept {
    ASN1_STRING_free(string);
}
void OpenSslFree::operator()(bignum_st* number) const noexcept {
    BN_free(number);
}
void OpenSslFree::operator()(bio_st* bio) const noexcept {
    BIO_free_all(bio);
}
void OpenSslFree::operator()(evp_pkey_ctx_st* context) const noexcept {
    EVP_PKEY_CTX_free(context);
}
void OpenSslFree::operator()(evp_pkey_st* key) const noexcept {
    EVP_PKEY_free(key);
}
void OpenSslFree::operator()(GENERAL_NAME_st* name) const noexcept {
    GENERAL_NAME_free(name);
}
void OpenSslFree::operator()(ssl_ctx_st* context) const noexcept {
    SSL_CTX_free(context);
}
void OpenSslFree::operator()(ssl_st* session) const noexcept {
    SSL_free(session);
}
void OpenSslFree::operator()(stack_st_GENERAL_NAME* names) const noexcept {
    GENERAL_NAMES_free(names);
}
void OpenSslFree::operator()(stack_st_X509* certificates) const noexcept {
    sk_X509_pop_free(certificates, X509_free);
}
void OpenSslFree::operator()(x509_st* certificate) const noexcept {
    X509_free(certificate);
}
void OpenSslFree::operator()(X509_crl_st* crl) const noexcept {
    X509_CRL_free(crl);
}
void OpenSslFree::operator()(X509_extension_st* extension) const noexcept {
    X509_EXTENSION_free(extension);
}
void OpenSslFree::operator()(x509_store_ctx_st* context) const noexcept {
    X509_STORE_CTX_free(context);
}
void OpenSslFree::operator()(x509_store_st* store) const noexcept {
    X509_STORE_free(store);
}
void OpenSslFree::operator()(char* text) const noexcept {
    OPENSSL_free(text);
}

} // namespace holdfast::certs
