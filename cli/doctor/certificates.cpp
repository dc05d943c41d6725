#include "cli/cert_due.hpp"
#include "cli/certificate_check.hpp"
#include "cli/doctor/examinations.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

namespace holdfast::cli::doctor {

namespace {

constexpr std::chrono::days soon{30};

Finding about(const Due& due, certs::TimePoint now) {
    const bool over = due.certificate.not_after < now;
    auto what = fmt::format("the certificate '{}' {} on {}", due.name, over ? "ended" : "ends",
                            certs::utc_text(due.certificate.not_after));
    const std::string why = "whoever is shown it refuses the connection from then on";
    const std::string remedy = "holdfast cert renew --due says and does what can be done here";
    return over || urgency(due.certificate, now) == Urgency::alarm
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
    for (const auto& due : due_certificates(patient.folder / "certs", patient.now, soon)) {
        findings.push_back(about(due, patient.now));
    }
    if (findings.empty()) {
        findings.push_back(
            good("they belong to their keys and authorities, and none ends within 30 days"));
    }
    return findings;
}

Findings examine_clock(const Patient& patient) {
    if (const auto fault = clock_fault(patient.folder / "certs", patient.now); !fault.empty()) {
        return {bad(fault,
                    "valid certificates look as if they were not, and readings get wrong "
                    "times",
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
