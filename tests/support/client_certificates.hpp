#pragma once

#include "certs/handles.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::test {

/// A certificate with these common names, that signs itself. `alt_names` in the syntax of
/// x509v3_config(5), e.g. "DNS:pump,URI:urn:pump"; empty for none.
certs::CertificateHandle certificate_with(const std::vector<std::string>& common_names,
                                          const std::string& alt_names);

/// The list in PEM by which the authority in `folder` (ca.crt, ca.key) revokes these files.
std::string revocation_list(const std::filesystem::path& folder,
                            const std::vector<std::filesystem::path>& certificates);

} // namespace holdfast::test
