#pragma once

#include "certs/handles.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::certs {

/// What a person can do about a file that cannot be used; ends the message about it.
enum class Remedy {
    issue_again,    ///< a certificate or key of a server or client
    make_authority, ///< the certificate or key of the authority itself
};

/// No certificate chain or key comes near this.
inline constexpr std::size_t max_pem_bytes = std::size_t{1024} * 1024;

/// All certificates in PEM text, in their order, at least one; text between them is skipped.
/// Throws InputError with `path` and the line of the block at fault.
std::vector<CertificateHandle> parse_certificates(std::string_view pem, std::string_view path,
                                                  Remedy remedy);

/// Asked, at most once, where a key needs a passphrase.
using Passphrase = std::function<std::string()>;

/// The first private key in PEM text, whose halves must belong together, and which must need no
/// passphrase where nobody can be asked for one. Throws InputError likewise.
KeyHandle parse_key(std::string_view pem, std::string_view path, Remedy remedy,
                    const Passphrase& passphrase = {});

/// The same from a file. A file that is missing or empty is an InputError too; one that cannot be
/// read is a SystemError.
std::vector<CertificateHandle> load_certificates(const std::filesystem::path& path, Remedy remedy);
KeyHandle load_key(const std::filesystem::path& path, Remedy remedy,
                   const Passphrase& passphrase = {});

std::string to_pem(x509_st& certificate);
/// PKCS #8, encrypted (AES-256) with a passphrase; without one keep the text as you would the key.
std::string to_pem(evp_pkey_st& key, const std::string& passphrase = "");

} // namespace holdfast::certs
