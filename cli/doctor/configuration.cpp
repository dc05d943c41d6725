#include "bridge/local_end.hpp"
#include "cli/doctor/examinations.hpp"
#include "cli/installation.hpp"

#include <fmt/format.h>

namespace holdfast::cli::doctor {

Findings examine_configuration(const Patient& patient) {
    Findings findings{
        good(fmt::format("{} is valid", (patient.folder / "holdfast.conf").string()))};
    const auto stale = bridge::changed(bridge::render_local_end(
        patient.settings, {patient.folder, patient.state, plugin_module(), patient.broker_user}));
    for (const auto& file : stale) {
        findings.push_back(
            bad(fmt::format("{} is not what holdfast.conf asks for", file.path.string()),
                "the broker runs with something else than you wrote down",
                "holdfast render, then restart the broker"));
    }
    if (stale.empty()) {
        findings.push_back(good("the broker's files are made from it"));
    }
    return findings;
}

} // namespace holdfast::cli::doctor
