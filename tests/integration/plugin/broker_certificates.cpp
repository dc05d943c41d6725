#include "broker_certificates.hpp"

#include "certs/authority.hpp"

#include <fmt/format.h>

#include <chrono>

namespace holdfast::test {

namespace {

using Clock = std::chrono::system_clock;

} // namespace

BrokerCertificates::BrokerCertificates() {
    const auto authority = certs::Authority::create(folder(), "Site CA", Clock::now());
    certs::save(authority.issue({.purpose = certs::Purpose::server,
                                 .common_name = "broker",
                                 .alt_names = {"127.0.0.1"}},
                                Clock::now()),
                folder(), "server");
}

void BrokerCertificates::issue_client(const std::string& name) const {
    const auto authority = certs::Authority::open(folder());
    certs::save(
        authority.issue({.purpose = certs::Purpose::client, .common_name = name}, Clock::now()),
        folder(), name);
}

std::string BrokerCertificates::listener() const {
    return fmt::format("listener @PORT@ 127.0.0.1\ncertfile {0}/server.crt\n"
                       "keyfile {0}/server.key\n",
                       folder().string());
}

} // namespace holdfast::test
