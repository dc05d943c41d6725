#include "cli/doctor/broker.hpp"

#include "cli/doctor/examinations.hpp"
#include "cli/doctor/program_output.hpp"
#include "core/atomic_file.hpp"
#include "core/child_process.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

namespace holdfast::cli::doctor {

namespace fs = std::filesystem;

namespace {

/// The oldest that Holdfast is tested with, as in Debian 12.
constexpr BrokerVersion oldest{2, 0, 11};

bool is(const BrokerOption& option, std::string_view name, std::string_view value) {
    return option.name == name && option.value == value;
}

/// A mistake that a version makes with an option.
struct Trap {
    BrokerVersion first;
    BrokerVersion last;
    std::string_view option;
    std::string_view value;
    std::string_view what;
    std::string_view why;
    std::string_view remedy;
};

constexpr std::array traps{
    Trap{oldest, oldest, "protocol", "websockets",
         "this version's websockets listener is open to every network, whatever address it is "
         "given",
         "everybody who reaches this machine can try passwords there",
         "bind it in a firewall (nft), or take a newer Mosquitto (2.0.12 has it mended)"},
    Trap{oldest, oldest, "per_listener_settings", "true",
         "this version does not wake plugins with per_listener_settings",
         "changes of users and policy come into force only at a reload, denials are not told, and "
         "there is no watchdog",
         "take the line out"},
};

/// 2.0.11 can stand still for good where the bridge's far end hangs up early (docs/reliability.md).
bool may_stand_still(const BrokerVersion& version, const std::vector<BrokerOption>& options) {
    const auto has = [&](std::string_view name) {
        return std::any_of(options.begin(), options.end(),
                           [&](const auto& option) { return option.name == name; });
    };
    return version == oldest && has("connection") && !has("plugin_opt_watchdog");
}

void add_of_folder(std::vector<BrokerOption>& options, const fs::path& folder) {
    if (!fs::is_directory(folder)) {
        return;
    }
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.path().extension() == ".conf" && fs::exists(entry.path())) {
            const auto more = parse_broker_options(read_file(entry.path()), entry.path().string());
            options.insert(options.end(), more.begin(), more.end());
        }
    }
}

} // namespace

std::optional<BrokerVersion> parse_broker_version(std::string_view text) {
    constexpr std::string_view words = "mosquitto version ";
    const auto at = text.find(words);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    std::array<unsigned, 3> numbers{};
    const auto* next = text.data() + at + words.size();
    const auto* const end = text.data() + text.size();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto [after, error] = std::from_chars(next, end, numbers[i]);
        if (error != std::errc() || (i < 2 && (after == end || *after != '.'))) {
            return std::nullopt;
        }
        next = i < 2 ? after + 1 : after;
    }
    return BrokerVersion{numbers[0], numbers[1], numbers[2]};
}

std::vector<BrokerOption> parse_broker_options(std::string_view text, const std::string& path) {
    std::vector<BrokerOption> options;
    unsigned number = 0;
    for (const auto raw : split(text, '\n')) {
        ++number;
        const auto line = trim(raw);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const auto space = std::min(line.find_first_of(" \t"), line.size());
        options.push_back({std::string(line.substr(0, space)),
                           std::string(trim(line.substr(space))),
                           fmt::format("{}:{}", path, number)});
    }
    return options;
}

Findings judge_broker(const BrokerVersion& version, const std::vector<BrokerOption>& options) {
    const auto name =
        fmt::format("Mosquitto {}.{}.{}", version.major, version.minor, version.patch);
    if (version < oldest) {
        return {bad(fmt::format("{} is older than any that Holdfast was tried with", name),
                    "its plugins and bridges work differently",
                    "take Mosquitto 2.0.11 or newer, as in Debian 12")};
    }
    Findings findings{good(name)};
    for (const auto& trap : traps) {
        if (version < trap.first || trap.last < version) {
            continue;
        }
        for (const auto& option : options) {
            if (is(option, trap.option, trap.value)) {
                findings.push_back(bad(fmt::format("{}: {}", option.place, trap.what),
                                       std::string(trap.why), std::string(trap.remedy)));
            }
        }
    }
    if (may_stand_still(version, options)) {
        findings.push_back(note("no watchdog looks after the broker",
                                "this version's bridge can stop it for good when the cloud's "
                                "address hangs up before TLS is done",
                                "holdfast render, then restart the broker"));
    }
    return findings;
}

Findings examine_broker(const Patient& patient) {
    const auto version = parse_broker_version(
        program_output({find_program("mosquitto").string(), "-h"}, patient.patience));
    if (!version) {
        return {bad("'mosquitto -h' does not tell its version",
                    "what does not answer that is no Mosquitto", "apt install mosquitto")};
    }
    std::vector<BrokerOption> options;
    add_of_folder(options, patient.folder / "generated");
    if (patient.installed) {
        add_of_folder(options, patient.root / "etc/mosquitto");
    }
    return judge_broker(*version, options);
}

} // namespace holdfast::cli::doctor
