#include "cli/doctor/services.hpp"

#include "cli/doctor/examinations.hpp"
#include "cli/doctor/program_output.hpp"
#include "core/child_process.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>

namespace holdfast::cli::doctor {

namespace fs = std::filesystem;

namespace {

using Properties = std::map<std::string, std::string, std::less<>>;

UnitState unit_of(const Properties& properties) {
    const auto value = [&](std::string_view name) {
        const auto found = properties.find(name);
        return found == properties.end() ? std::string() : found->second;
    };
    const auto restarts = value("NRestarts");
    unsigned count = 0;
    std::from_chars(restarts.data(), restarts.data() + restarts.size(), count);
    return {.name = value("Id"),
            .exists = value("LoadState") == "loaded",
            .enabled = value("UnitFileState") == "enabled",
            .active = value("ActiveState"),
            .result = value("Result"),
            .restarts = count};
}

} // namespace

std::vector<UnitState> parse_units(std::string_view text) {
    std::vector<UnitState> units;
    Properties properties;
    for (const auto line : split(text, '\n')) {
        const auto equals = line.find('=');
        if (equals != std::string_view::npos) {
            properties.emplace(line.substr(0, equals), trim(line.substr(equals + 1)));
        } else if (!properties.empty()) {
            units.push_back(unit_of(properties));
            properties.clear();
        }
    }
    if (!properties.empty()) {
        units.push_back(unit_of(properties));
    }
    return units;
}

Finding judge_unit(const UnitState& unit) {
    if (!unit.exists) {
        return note(fmt::format("there is no {}", unit.name), "it does not start with the machine",
                    "install the package holdfast");
    }
    if (unit.active != "active") {
        return bad(
            fmt::format("{} is {}{}", unit.name, unit.active,
                        unit.result.empty() || unit.result == "success"
                            ? ""
                            : fmt::format(" ({})", unit.result)),
            "what it is for does not happen",
            fmt::format("journalctl -u {0} -n 30 says why; systemctl restart {0}", unit.name));
    }
    if (!unit.enabled) {
        return bad(fmt::format("{} runs, and will not after a reboot", unit.name),
                   "a power cut would be the end of it",
                   fmt::format("systemctl enable {}", unit.name));
    }
    if (unit.restarts > 0) {
        return note(fmt::format("{} was started again {} times", unit.name, unit.restarts),
                    "it runs now, and something ended it before",
                    fmt::format("journalctl -u {} says what", unit.name));
    }
    return good(fmt::format("{} runs and starts with the machine", unit.name));
}

Findings examine_services(const Patient& patient) {
    if (!patient.installed || !fs::exists(patient.root / "run/systemd/system")) {
        return {good("no service runs this appliance: whoever started broker and daemon looks "
                     "after them")};
    }
    Findings findings;
    for (const auto& unit : parse_units(
             program_output({find_program("systemctl").string(), "show",
                             "--property=Id,LoadState,ActiveState,UnitFileState,Result,NRestarts",
                             "mosquitto.service", "holdfast-edge.service", "holdfast-renew.timer"},
                            patient.patience))) {
        findings.push_back(judge_unit(unit));
    }
    return findings;
}

} // namespace holdfast::cli::doctor
