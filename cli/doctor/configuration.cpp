#include "cli/doctor/configuration.hpp"

#include "bridge/local_end.hpp"
#include "cli/doctor/examinations.hpp"
#include "cli/setup/services.hpp"

#include <fmt/format.h>

namespace holdfast::cli::doctor {

namespace {

constexpr const char* other = "the broker runs with something else than you wrote down";
constexpr const char* render = "holdfast render, then restart the broker";

Findings look_at_rendered(const Patient& patient,
                          const std::vector<bridge::RenderedFile>& rendered) {
    Findings findings;
    for (const auto& file : bridge::changed(rendered)) {
        findings.push_back(
            bad(fmt::format("{} is not what holdfast.conf asks for", file.path.string()), other,
                render));
    }
    for (const auto& file : bridge::left_over(rendered, patient.folder)) {
        findings.push_back(
            bad(fmt::format("{} is left from before", file.string()), other, render));
    }
    return findings;
}

} // namespace

Findings judge_links(const std::vector<bridge::RenderedFile>& rendered,
                     const std::filesystem::path& parts, const std::filesystem::path& conf_d) {
    Findings findings;
    for (const auto& file : rendered) {
        const auto link = broker_link(file.path, conf_d);
        std::error_code missing;
        if (file.path.parent_path() == parts &&
            std::filesystem::read_symlink(link, missing) != file.path) {
            findings.push_back(
                bad(fmt::format("{} is no link to {}", link.string(), file.path.string()),
                    "Debian's broker does not read that part", render));
        }
    }
    return findings;
}

Findings examine_configuration(const Patient& patient) {
    const auto rendered = bridge::render_local_end(
        patient.settings, local_paths(patient.folder, {patient.broker_user, patient.state}));
    auto findings = look_at_rendered(patient, rendered);
    if (patient.installed) {
        for (auto& finding :
             judge_links(rendered, bridge::broker_parts(patient.folder), broker_conf_d)) {
            findings.push_back(std::move(finding));
        }
    }
    if (findings.empty()) {
        findings.push_back(good(fmt::format("{} is valid, and the broker's files are made from it",
                                            (patient.folder / "holdfast.conf").string())));
    }
    return findings;
}

} // namespace holdfast::cli::doctor
