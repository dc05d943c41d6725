#include "cli/cert/due.hpp"

#include "certs/pem.hpp"
#include "cli/cert/bridge.hpp"
#include "cli/cert/cert.hpp"
#include "cli/cert/news.hpp"
#include "cli/setup/installation.hpp"
#include "core/atomic_file.hpp"

#include <fmt/format.h>

namespace holdfast::cli {

namespace fs = std::filesystem;

namespace {

std::string advice(const certs::Due& due, const certs::Description& authority) {
    if (due.certificate.authority) {
        return due.certificate.serial == authority.serial
                   ? "a new authority ('holdfast cert init --force') needs new certificates for all"
                   : "get a new one from whoever runs the cloud";
    }
    if (due.certificate.issuer != authority.subject) {
        return fmt::format(
            "\"{}\" signed it: have a new one made there, and 'holdfast cert import' "
            "it",
            due.certificate.issuer);
    }
    return fmt::format("'holdfast cert renew {}', and give its holder the new file", due.name);
}

void say_due(const certs::Due& due, const certs::Description& authority, certs::TimePoint now) {
    fmt::print("{} {} on {}: {}\n", due.name, due.certificate.not_after < now ? "ended" : "ends",
               certs::utc_text(due.certificate.not_after), advice(due, authority));
}

/// Whether the broker's own certificate now counts for longer than before.
bool renew_server(const fs::path& appliance, const certs::Due& due, certs::TimePoint now,
                  const DueOptions& options) {
    const auto folder = appliance / "certs";
    const auto authority = certs::Authority::open(folder, options.passphrase);
    auto request = renewal_of(due.certificate, due.name);
    request.lifetime = options.lifetime;
    request.key_pem = read_file(folder / "server.key");
    const auto made = authority.issue(request, now);
    const auto after = certs::describe(
        *certs::parse_certificates(made.certificate_pem, "server", certs::Remedy::issue_again)
             .front());
    if (after.not_after <= due.certificate.not_after) {
        fmt::print("server ends on {} with the authority itself: {}\n",
                   certs::utc_text(due.certificate.not_after),
                   "a new authority ('holdfast cert init --force') needs new certificates for all");
        return false;
    }
    store(made, folder, due.name, now);
    fmt::print("server is renewed and counts until {}; reload the broker (SIGHUP) to use it\n",
               certs::utc_text(after.not_after));
    tell(appliance, {{due.name, fmt::format("renewed; it counts until {}",
                                            certs::utc_text(after.not_after))}});
    return true;
}

} // namespace

bool renew_due(const fs::path& appliance, certs::TimePoint now, const DueOptions& options) {
    const auto folder = appliance / "certs";
    if (const auto fault = certs::clock_fault(folder, now); !fault.empty()) {
        fmt::print("{}: nothing is renewed before the clock is set\n", fault);
        return true;
    }
    const auto authority = certs::describe(folder / "ca.crt");
    bool all_done = true;
    for (const auto& due : certs::due_certificates(folder, now, options.within)) {
        if (due.name == "server" && due.certificate.issuer == authority.subject) {
            all_done = renew_server(appliance, due, now, options) && all_done;
        } else if (due.name == bridge_name && can_renew_bridge(due.certificate, appliance)) {
            all_done =
                renew_bridge(settings_with_cloud(appliance), appliance, now,
                             {.lifetime = options.lifetime, .limit = options.receipt_limit}) &&
                all_done;
        } else {
            say_due(due, authority, now);
            all_done = false;
        }
    }
    return all_done;
}

} // namespace holdfast::cli
