#pragma once

#include "certs/alt_name.hpp"
#include "certs/handles.hpp"
#include "certs/inspect.hpp"
#include "certs/key.hpp"

#include <span>
#include <string>

namespace holdfast::certs {

/// Puts an X.509 v3 certificate together, with a random serial of 20 octets (RFC 5280 §4.1.2.2).
/// Every member throws Error when OpenSSL refuses.
class CertificateBuilder {
public:
    CertificateBuilder();

    /// Adds a part to the subject, e.g. ("CN", "greenhouse").
    void subject(const char* field, const std::string& value);
    void validity(TimePoint not_before, TimePoint not_after);
    void public_key(evp_pkey_st& key);
    /// Names who signs; `issuer` may be this certificate's own, for an authority that signs itself.
    void issued_by(x509_st& issuer);
    void issued_by_itself() { issued_by(*certificate_); }
    /// `value` in the syntax of x509v3_config(5): constants only, never somebody's input. The
    /// extensions that name keys need public_key and issued_by first.
    void extension(int nid, const char* value);
    void alt_names(std::span<const AltName> names);

    CertificateHandle sign(evp_pkey_st& issuer_key) &&;

private:
    CertificateHandle certificate_;
    x509_st* issuer_ = nullptr;
};

} // namespace holdfast::certs
