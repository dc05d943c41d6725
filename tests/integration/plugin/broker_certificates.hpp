#pragma once

#include "support/temp_folder.hpp"

#include <filesystem>
#include <string>

namespace holdfast::test {

/// A folder with an authority, and the certificate of a broker on this machine.
class BrokerCertificates {
public:
    BrokerCertificates();

    /// Makes NAME.crt and NAME.key, for a client of this name.
    void issue_client(const std::string& name) const;
    /// The lines of a TLS listener.
    std::string listener() const;
    std::filesystem::path file(const std::string& name) const { return folder_ / name; }
    const std::filesystem::path& folder() const { return folder_.path(); }

private:
    TempFolder folder_;
};

} // namespace holdfast::test
