#pragma once

#include "certs/handles.hpp"

#include <optional>
#include <string>
#include <vector>

namespace holdfast::certs {

using Certificates = std::vector<CertificateHandle>;

/// OpenSSL's verdict (X509_V_*) on the way from `chain`, whose first is the leaf, to one of
/// `authorities`; without them, to one that this machine's system trusts. Dates, names and usage
/// are left out: they are told apart elsewhere.
int verify_chain(const Certificates& chain, const std::optional<Certificates>& authorities);

/// Whether a server with this certificate may be called `host`, a DNS name or an address. The
/// common name does not count: RFC 6125 §6.4.4, and no current client looks at it.
bool carries_name(x509_st& certificate, const std::string& host);

} // namespace holdfast::certs
