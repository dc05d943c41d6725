#pragma once

#include <memory>

struct asn1_string_st;
struct bignum_st;
struct bio_st;
struct evp_pkey_ctx_st;
struct evp_pkey_st;
struct GENERAL_NAME_st;
struct ssl_ctx_st;
struct ssl_st;
struct stack_st_GENERAL_NAME;
struct stack_st_X509;
struct x509_st;
struct X509_crl_st;
struct X509_extension_st;
struct x509_store_ctx_st;
struct x509_store_st;

namespace holdfast::certs {

/// Gives each OpenSSL object back by the function that OpenSSL has for it; a stack goes with all
/// that it holds.
struct OpenSslFree {
    void operator()(asn1_string_st* string) const noexcept;
    void operator()(bignum_st* number) const noexcept;
    void operator()(bio_st* bio) const noexcept;
    void operator()(evp_pkey_ctx_st* context) const noexcept;
    void operator()(evp_pkey_st* key) const noexcept;
    void operator()(GENERAL_NAME_st* name) const noexcept;
    void operator()(ssl_ctx_st* context) const noexcept;
    void operator()(ssl_st* session) const noexcept;
    void operator()(stack_st_GENERAL_NAME* names) const noexcept;
    void operator()(stack_st_X509* certificates) const noexcept;
    void operator()(x509_st* certificate) const noexcept;
    void operator()(X509_crl_st* crl) const noexcept;
    void operator()(X509_extension_st* extension) const noexcept;
    void operator()(x509_store_ctx_st* context) const noexcept;
    void operator()(x509_store_st* store) const noexcept;
    void operator()(char* text) const noexcept; ///< text that OpenSSL allocated
};

template <typename T>
using Handle = std::unique_ptr<T, OpenSslFree>;

using Asn1StringHandle = Handle<asn1_string_st>;
using BignumHandle = Handle<bignum_st>;
using BioHandle = Handle<bio_st>;
using KeyHandle = Handle<evp_pkey_st>;
using KeyContextHandle = Handle<evp_pkey_ctx_st>;
using AltNameHandle = Handle<GENERAL_NAME_st>;
using AltNamesHandle = Handle<stack_st_GENERAL_NAME>;
using CertificateHandle = Handle<x509_st>;
using CertificatesHandle = Handle<stack_st_X509>;
using CrlHandle = Handle<X509_crl_st>;
using ExtensionHandle = Handle<X509_extension_st>;
using SslContextHandle = Handle<ssl_ctx_st>;
using SslHandle = Handle<ssl_st>;
using StoreHandle = Handle<x509_store_st>;
using StoreContextHandle = Handle<x509_store_ctx_st>;
using OpenSslText = Handle<char>;

} // namespace holdfast::certs
