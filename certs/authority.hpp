#pragma once

#include "certs/chain.hpp"
#include "certs/handles.hpp"
#include "certs/inspect.hpp"
#include "certs/key.hpp"
#include "certs/pem.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::certs {

/// A certificate and its private key as PEM text.
struct Credentials {
    std::string certificate_pem;
    std::string key_pem;
};

/// Writes `folder/NAME.key` (0600), then `folder/NAME.crt` (0644), each replaced all at once.
/// Throws Error when the name is no plain file name or is "ca", which belongs to the authority.
void save(const Credentials& credentials, const std::filesystem::path& folder,
          const std::string& name);

/// What a server or client asks of the authority.
struct Request {
    Purpose purpose;
    std::string common_name; ///< 1 to 64 characters; the broker takes a client's for its user name
    /// DNS names and addresses. A server needs at least one: no client looks at the common name.
    std::vector<std::string> alt_names = {};
    /// Two years: Apple's clients refuse server certificates that are valid for more than 825 days.
    std::chrono::days lifetime = std::chrono::days(730);
    KeyType key_type = KeyType::ec_p256;
    std::string key_pem = {}; ///< the key to keep; a new one of `key_type` if empty
};

/// A certificate authority in a folder: `ca.crt` and `crl.pem`, which it signs from its first day,
/// for everyone, `ca.key` for its owner alone.
///
/// - it signs for servers and clients, never for other authorities (pathlen 0)
/// - what it signs never outlives it, and never has its subject
/// - what it signs is valid from a day before: a Pi has no clock battery and starts in the past
class Authority {
public:
    struct Options {
        std::chrono::days lifetime = std::chrono::days(3650);
        bool replace = false; ///< an authority in the folder is lost, and all that it signed
        KeyType key_type = KeyType::ec_p256;
        std::string passphrase = {}; ///< without it nobody can use the key; none if empty
    };

    /// Makes a new authority, and the folder if need be. Throws Error when the folder has one
    /// already, and when `now` cannot be right.
    static Authority create(const std::filesystem::path& folder, const std::string& common_name,
                            TimePoint now, const Options& options);
    static Authority create(const std::filesystem::path& folder, const std::string& common_name,
                            TimePoint now) {
        return create(folder, common_name, now, Options());
    }

    /// Throws InputError or SystemError when a file is missing, unusable or not the other's match,
    /// or when the passphrase is wrong.
    static Authority open(const std::filesystem::path& folder, const Passphrase& passphrase = {});

    /// A new key and a certificate for it. Throws Error when the request cannot be met, or when the
    /// authority is not valid at `now`.
    Credentials issue(const Request& request, TimePoint now) const;

    /// A list that revokes what `before` does (PEM, or "") and `more`.
    std::string revocation_list(const std::string& before, const Certificates& more,
                                TimePoint now) const;
    bool signed_by_us(x509_st& certificate) const;

    std::string certificate_pem() const;
    Description description() const;

private:
    Authority(CertificateHandle certificate, KeyHandle key);

    CertificateHandle certificate_;
    KeyHandle key_;
};

} // namespace holdfast::certs
