#include "cli/cloud/probe.hpp"
#include "cli/doctor/examinations.hpp"
#include "cli/json_fields.hpp"
#include "edge/local_broker.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace holdfast::cli::doctor {

namespace {

/// Nothing of ours is shown: no name, no password.
bool lets_anybody_in(const Patient& patient) {
    auto nobody = edge::local_broker(patient.settings, patient.folder, "holdfast-doctor");
    nobody.username.clear();
    nobody.password.clear();
    CloudProbe probe(nobody, patient.patience);
    const bool in = !probe.connect();
    probe.leave();
    return in;
}

} // namespace

Findings examine_plugin(const Patient& patient) {
    const auto& standing = patient.standing;
    if (!standing.no_broker.empty()) {
        return {
            bad(fmt::format("the local broker cannot be asked: {}", standing.no_broker),
                "sensors go on into the spool, and nothing else works without it",
                "systemctl restart mosquitto; journalctl -u mosquitto -n 30 says why it ended")};
    }
    Findings findings;
    if (lets_anybody_in(patient)) {
        findings.push_back(bad("the broker lets clients in that show no password",
                               "everybody who reaches it gets in",
                               "take allow_anonymous out of /etc/mosquitto, then restart the "
                               "broker"));
    } else {
        findings.push_back(good("who shows no password is not let in"));
    }
    if (!standing.counters) {
        findings.push_back(bad("the broker runs without Holdfast's plugin, or it does not answer",
                               "users and policy are not in force",
                               "holdfast render, then restart the broker with "
                               "generated/mosquitto.conf"));
        return findings;
    }
    findings.push_back(
        good(fmt::format("it answers: {} logins since the broker started, {} refused",
                         number(*standing.counters, "/logins/accepted"),
                         number(*standing.counters, "/logins/refused"))));
    return findings;
}

} // namespace holdfast::cli::doctor
