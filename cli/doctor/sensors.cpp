#include "cli/doctor/examinations.hpp"
#include "cli/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace holdfast::cli::doctor {

namespace {

Finding judge(const std::string& name, const nlohmann::json& sensor) {
    const auto state = text(sensor, "/state");
    const auto readings = number(sensor, "/readings");
    const auto rejected = number(sensor, "/rejected");
    if (state == "offline") {
        return bad(fmt::format("{} is offline: {}", name, text(sensor, "/reason")),
                   "it is tried again and again, and nothing is measured meanwhile",
                   "holdfast sensors scan shows what is attached");
    }
    if (state != "online") {
        return note(fmt::format("{} is {}", name, state), "it has given no value yet",
                    "look again in a while");
    }
    if (rejected > readings) {
        return note(
            fmt::format("{} gave {} readings, and {} that were rejected", name, readings, rejected),
            "most of what it says is outside its min and max, or no number",
            fmt::format("see the lines of [sensor {}] and its wiring", name));
    }
    return good(fmt::format("{} is online, {} readings", name, readings));
}

} // namespace

Findings examine_sensors(const Patient& patient) {
    if (!patient.standing.daemon_runs()) {
        return {bad("the daemon does not run", "nothing is measured",
                    "systemctl restart holdfast-edge; journalctl -u holdfast-edge -n 30 says why "
                    "it ended")};
    }
    Findings findings;
    for (const auto& [name, sensor] : part(*patient.standing.daemon, "/sensors").items()) {
        findings.push_back(judge(name, sensor));
    }
    if (findings.empty()) {
        findings.push_back(note("there is no sensor", "only what devices send is kept",
                                "holdfast sensors shows drivers with examples"));
    }
    return findings;
}

} // namespace holdfast::cli::doctor
