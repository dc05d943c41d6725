#pragma once

#include "certs/authority.hpp"
#include "certs/check.hpp"
#include "support/temp_folder.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace holdfast::test {

inline constexpr certs::TimePoint made_at =
    std::chrono::sys_days(std::chrono::year(2030) / 6 / 15) + std::chrono::hours(12);

inline certs::Request for_server(std::vector<std::string> names) {
    return {
        .purpose = certs::Purpose::server, .common_name = "server", .alt_names = std::move(names)};
}

inline certs::Request for_client(const std::string& name) {
    return {.purpose = certs::Purpose::client, .common_name = name};
}

/// A folder with an authority, made at noon on 2030-06-15.
struct Site {
    TempFolder folder;
    certs::Authority authority = certs::Authority::create(folder.path(), "greenhouse", made_at);

    std::filesystem::path ca() const { return folder / "ca.crt"; }
    /// Issues and saves; answers the path of the certificate.
    std::filesystem::path issue(const certs::Request& request, const std::string& name) const {
        save(authority.issue(request, made_at), folder.path(), name);
        return folder / (name + ".crt");
    }
};

} // namespace holdfast::test
