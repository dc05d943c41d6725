#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

struct x509_st;

namespace holdfast {

/// Which of its names a certificate's user is.
enum class CertificateName { common_name, dns, email, uri };

/// What a client's certificate says, as far as the plugin asks.
struct ClientCertificate {
    bool names_user;                 ///< whether certificates are asked for their user at all
    std::optional<std::string> user; ///< nothing where it has no such name, or more than one
    std::string id;                  ///< issuer and serial number: no other certificate has both
};

/// The certificate that TLS has verified already. `name` says where its user stands; with nothing
/// it has none.
ClientCertificate read_certificate(x509_st& certificate, std::optional<CertificateName> name);

/// The certificates that their authorities took back (RFC 5280 §5).
///
/// - the file is trusted as the users file is: signatures are not verified
/// - a list past its nextUpdate still counts: what is revoked stays so
class Revocations {
public:
    /// PEM text with one list or several, of different authorities. Throws InputError with `path`.
    static Revocations parse(std::string_view pem, std::string_view path);

    static Revocations of(std::unordered_set<std::string> ids);

    bool has(const std::string& certificate_id) const { return ids_.contains(certificate_id); }
    std::size_t size() const noexcept { return ids_.size(); }

private:
    std::unordered_set<std::string> ids_;
};

} // namespace holdfast
