#pragma once

#include "config/settings.hpp"

#include <filesystem>
#include <string>

namespace holdfast::cli {

/// Where the other parts of Holdfast are, seen from this program: in the build folder it was run
/// from, or where the package put them. Each throws Error saying where it looked.
std::filesystem::path daemon_program();
std::filesystem::path plugin_module();

/// Whom a Mosquitto that was started by root is to become: the packages' own user for an installed
/// appliance.
inline const std::string installed_broker_user = "mosquitto";
/// As whom the packages' daemon runs.
inline const std::string installed_daemon_user = "holdfast";

/// For a broker that we start ourselves: the user that we are.
std::string own_user();

/// The settings in `folder`, which must have a cloud. Throws InputError.
config::Settings settings_with_cloud(const std::filesystem::path& folder);

} // namespace holdfast::cli
