#include "certs/expiry.hpp"
#include "cli/cert/bridge.hpp"
#include "cli/cert/certificate_check.hpp"
#include "cli/doctor/examinations.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

namespace holdfast::cli::doctor {

namespace {

Finding about(const certs::Due& due, certs::TimePoint now) {
    const bool over = due.certificate.not_after < now;
    auto what = fmt::format("the certificate '{}' {} on {}", due.name, over ? "ended" : "ends",
                            certs::utc_text(due.certificate.not_after));
    const std::string why = "whoever is shown it refuses the connection from then on";
    const std::string remedy = "holdfast cert renew --due says and does what can be done here";
    return over || certs::urgency(due.certificate, now) == certs::Urgency::alarm
               ? bad(std::move(what), why, remedy)
               : note(std::move(what), why, remedy);
}

} // namespace

Findings examine_certificates(const Patient& patient) {
    Findings findings;
    try {
        for (const auto& problem : certificate_problems(patient.settings, patient.folder)) {
            findings.push_back(bad(problem,
                                   "broker, bridge or their peers refuse to go on with that",
                                   "holdfast cert list shows all of them"));
        }
    } catch (const Error& error) {
        findings.push_back(
            bad(error.what(), "it cannot be used at all", "holdfast cert list shows all of them"));
    }
    for (const auto& due :
         certs::due_certificates(patient.folder / "certs", patient.now, certs::soon)) {
        findings.push_back(about(due, patient.now));
    }
    if (std::filesystem::exists(patient.folder / "certs" / bridge_slots)) {
        findings.push_back(
            note("a new certificate of the bridge is being tried, or a trial was cut off",
                 "until that is decided nobody knows whether the cloud takes it",
                 "holdfast cert renew --due takes back a trial that was cut off"));
    }
    if (findings.empty()) {
        findings.push_back(
            good("they belong to their keys and authorities, and none ends within 30 days"));
    }
    return findings;
}

Findings examine_clock(const Patient& patient) {
    if (const auto fault = certs::clock_fault(patient.folder / "certs", patient.now);
        !fault.empty()) {
        return {bad(fault,
                    "bridge, and devices that come by certificate, wait until it is set, because "
                    "certificates look as if they were not valid yet; readings get wrong times",
                    "timedatectl set-ntp true, or date --set")};
    }
    if (!patient.clock_synchronised) {
        return {note("nobody keeps the clock right",
                     "it drifts, and without a battery it is wrong after a power cut; readings "
                     "are marked uncertain",
                     "timedatectl set-ntp true")};
    }
    return {good("the clock is synchronised")};
}

} // namespace holdfast::cli::doctor
