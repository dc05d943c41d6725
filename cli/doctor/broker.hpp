#pragma once

#include "cli/doctor/finding.hpp"

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::cli::doctor {

struct BrokerVersion {
    unsigned major;
    unsigned minor;
    unsigned patch;

    // NOLINTNEXTLINE(modernize-use-nullptr): there is none
    auto operator<=>(const BrokerVersion&) const = default;
};

/// From what `mosquitto -h` prints.
std::optional<BrokerVersion> parse_broker_version(std::string_view text);

/// A line of some mosquitto.conf, and where it stands (`path:line`).
struct BrokerOption {
    std::string name;
    std::string value;
    std::string place;
};

std::vector<BrokerOption> parse_broker_options(std::string_view text, const std::string& path);

/// What is known to go wrong with that version and these options. Pure.
Findings judge_broker(const BrokerVersion& version, const std::vector<BrokerOption>& options);

} // namespace holdfast::cli::doctor
