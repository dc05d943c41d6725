#pragma once

#include "certs/authority.hpp"

#include <string>

namespace holdfast::certs {

/// All that a client needs, in one text: certificate, key and the authority to trust.
std::string to_bundle(const Credentials& credentials, const std::string& ca_pem);

/// PKCS #12 (RFC 7292) for phones and browsers, encrypted with AES-256; `name` is what they show.
std::string to_pkcs12(const Credentials& credentials, const std::string& ca_pem,
                      const std::string& name, const std::string& password);

/// A C header with three strings, as WiFiClientSecure and esp-tls take them: holdfast_ca_pem,
/// holdfast_certificate_pem, holdfast_key_pem.
std::string to_c_header(const Credentials& credentials, const std::string& ca_pem);

} // namespace holdfast::certs
