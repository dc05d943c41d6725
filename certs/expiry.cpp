#include "certs/expiry.hpp"

#include "certs/issued.hpp"
#include "certs/revocation_list.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::certs {

namespace fs = std::filesystem;

namespace {

/// The moment of signing: what is signed counts from a day before.
TimePoint signed_at(const Description& certificate) {
    return certificate.not_before + clock_allowance;
}

} // namespace

TimePoint last_known_time(const fs::path& folder) {
    auto latest = earliest_credible;
    for (const auto& one : issued(folder)) {
        latest = std::max(latest, signed_at(describe(*one)));
    }
    if (fs::exists(folder / "ca.crt")) {
        latest = std::max(latest, signed_at(describe(folder / "ca.crt")));
    }
    return latest;
}

std::vector<Due> due_certificates(const fs::path& folder, TimePoint now, std::chrono::days within) {
    const auto revoked = revoked_serials(folder / "crl.pem");
    std::vector<Due> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() != ".crt") {
            continue;
        }
        auto certificate = describe(entry.path());
        if (certificate.not_after < now + within && !revoked.contains(certificate.serial)) {
            found.push_back({entry.path().stem().string(), std::move(certificate)});
        }
    }
    std::sort(found.begin(), found.end(), [](const Due& one, const Due& other) {
        return one.certificate.authority != other.certificate.authority ? one.certificate.authority
                                                                        : one.name < other.name;
    });
    return found;
}

std::string clock_fault(const fs::path& folder, TimePoint now) {
    const auto known = last_known_time(folder);
    return now >= known ? std::string()
                        : fmt::format("the clock says {}, and it has been {} already",
                                      utc_text(now), utc_text(known));
}

Urgency urgency(const Description& certificate, TimePoint now) {
    const auto left = certificate.not_after - now;
    if (left < std::chrono::days(3)) {
        return Urgency::alarm;
    }
    return left < std::chrono::days(14) ? Urgency::warning : Urgency::notice;
}

} // namespace holdfast::certs
