#include "cli/doctor/bridge.hpp"

#include "bridge/prediction.hpp"
#include "cli/doctor/examinations.hpp"
#include "cli/json_fields.hpp"
#include "cli/setup/services.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace holdfast::cli::doctor {

namespace {

constexpr const char* ask = "holdfast bridge check tries it step by step";

Findings judge_link(const nlohmann::json& uplink) {
    if (!flag(uplink, "/link")) {
        return {bad(
            fmt::format("the link to the cloud is down; {} rows wait", number(uplink, "/pending")),
            "nothing is lost before the spool is full, and nobody sees it at the cloud", ask)};
    }
    return {good(fmt::format("the link is up, {} receipts, {} rows wait for theirs",
                             number(uplink, "/receipts"), number(uplink, "/pending")))};
}

} // namespace

Findings judge_uplink(const nlohmann::json& uplink) {
    auto findings = judge_link(uplink);
    for (const auto& held : part(uplink, "/held")) {
        findings.push_back(bad(
            fmt::format("{} does not get through: {}", text(held, "/topic"), text(held, "/reason")),
            fmt::format("{} rows of it wait here", number(held, "/rows")),
            "allow it in the cloud's policy; holdfast bridge check shows what "
            "is refused"));
    }
    for (const auto& topic : part(uplink, "/missing_routes")) {
        findings.push_back(bad(fmt::format("the bridge brings no receipts for {}", topic.dump()),
                               "its readings are never proved, and stay here",
                               "holdfast render, then restart the broker"));
    }
    if (const auto rows = number(uplink, "/unsendable"); rows != 0) {
        findings.push_back(note(fmt::format("{} rows are too large for the cloud", rows),
                                "they stay here", "send smaller messages"));
    }
    if (const auto stalls = number(uplink, "/stalls"); stalls != 0) {
        findings.push_back(note(fmt::format("the bridge was stalled {} times", stalls),
                                "it was made to connect anew; the cloud or the way to it "
                                "swallows messages",
                                "see docs/uplink.md, and the limits of the cloud's account"));
    }
    return findings;
}

Findings examine_bridge(const Patient& patient) {
    if (!patient.settings.cloud) {
        return {good("there is no cloud, so there is no bridge")};
    }
    Findings findings;
    for (const auto& predicted : bridge::predict(
             patient.settings,
             {.paths = local_paths(patient.folder, {patient.broker_user, patient.state}),
             .now = patient.now,
             .clock_synchronised = patient.clock_synchronised})) {
        if (predicted.verdict == bridge::Finding::Verdict::bad) {
            findings.push_back(
                bad(predicted.text, "the bridge would not come up, or be refused", ask));
        }
    }
    if (!patient.standing.daemon_runs()) {
        findings.push_back(bad("the daemon does not run", "nothing is measured or handed over",
                               "systemctl restart holdfast-edge; journalctl -u holdfast-edge -n "
                               "30 says why it ended"));
        return findings;
    }
    for (auto& finding : judge_uplink(part(*patient.standing.daemon, "/uplink"))) {
        findings.push_back(std::move(finding));
    }
    return findings;
}

} // namespace holdfast::cli::doctor
