#pragma once

#include "certs/expiry.hpp"
#include "cli/style.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace holdfast::cli {

/// What is known of an appliance at one moment.
struct Standing {
    std::string site;
    /// Why the local broker cannot be asked; empty when it can.
    std::string no_broker{};
    /// `holdfast/status`; nothing where the daemon never spoke to this broker.
    std::optional<nlohmann::json> daemon{};
    /// `holdfast/audit/counters`; nothing where the plugin has not spoken.
    std::optional<nlohmann::json> counters{};
    std::vector<certs::Due> certificates{}; ///< that end within 30 days
    std::string certificate_trouble{};      ///< why they cannot be read
    std::string clock_fault{};              ///< why `now` cannot be right
    certs::TimePoint now{};

    bool daemon_runs() const;
};

/// For a person.
std::string status_page(const Standing& standing, const Style& style);
/// For a program: one object.
std::string status_json(const Standing& standing);

} // namespace holdfast::cli
