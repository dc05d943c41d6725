#include "cli/cert/certificate_check.hpp"

#include "certs/inspect.hpp"
#include "certs/revocation_list.hpp"

#include <fmt/format.h>

#include <chrono>

namespace holdfast::cli {

certs::Problems certificate_problems(const config::Settings& settings,
                                     const std::filesystem::path& folder) {
    const auto certs = folder / "certs";
    auto problems = certs::check_pair(certs / "server.crt", certs / "server.key");
    const auto add = [&](const certs::Problems& more) {
        problems.insert(problems.end(), more.begin(), more.end());
    };
    add(certs::check_chain(certs / "server.crt", certs / "ca.crt", certs::Purpose::server,
                           "localhost", std::chrono::system_clock::now()));
    if (settings.broker.certificate_port != 0) {
        certs::revoked_serials(certs / "crl.pem");
        if (!std::filesystem::exists(certs / "crl.pem")) {
            problems.push_back(fmt::format("{} does not exist, and the listener for certificates "
                                           "needs it: 'holdfast cert revoke NAME' or 'holdfast "
                                           "cert init' makes it",
                                           (certs / "crl.pem").string()));
        }
    }
    if (settings.cloud) {
        certs::describe(settings.cloud->ca);
        add(certs::check_pair(settings.cloud->certificate, settings.cloud->key));
    }
    return problems;
}

} // namespace holdfast::cli
