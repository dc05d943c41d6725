#pragma once

#include "cli/status/page.hpp"
#include "config/settings.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace holdfast::cli::doctor {

/// The appliance that is looked at, and what was learnt of it before the single looks begin.
struct Patient {
    std::filesystem::path folder; ///< holdfast.conf and what belongs to it
    bool installed;               ///< it is the one that the machine's services run
    std::filesystem::path state;  ///< where the broker keeps its state
    std::string broker_user;      ///< whom a broker started by root becomes
    config::Settings settings{};
    Standing standing{};              ///< what broker and daemon say of themselves
    std::filesystem::path root = "/"; ///< below it are proc/ and sys/
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now();
    bool clock_synchronised = false;
    std::chrono::seconds patience{5}; ///< for each answer from the network
};

} // namespace holdfast::cli::doctor
