#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::cli {

/// What became of a certificate of the appliance.
struct CertificateNews {
    std::string name;    ///< as in 'cert list'
    std::string event;   ///< for the audit
    std::string alert{}; ///< for `holdfast/alert/certificates`; none if empty
};

/// Tells those who listen at the local broker of the appliance in `folder`: on the alert's topic,
/// and through the plugin in the audit. Where the broker cannot be reached within ten seconds it
/// says so on the standard output; what was done to the certificates stands whoever hears of it.
void tell(const std::filesystem::path& folder, const std::vector<CertificateNews>& news);

} // namespace holdfast::cli
