#pragma once

#include "config/settings.hpp"

#include <filesystem>
#include <string>

namespace holdfast::cli {

/// Where the other parts of Holdfast are, seen from this program: in the build folder it was run
/// from, or where the package put them. Each throws Error saying where it looked.
std::filesystem::path daemon_program();
std::filesystem::path plugin_module();

/// Where the appliance is that the machine's services run.
inline const std::filesystem::path installed_folder = "/etc/holdfast";

/// Whom a Mosquitto that was started by root is to become: the packages' own user for an installed
/// appliance.
inline const std::string installed_broker_user = "mosquitto";
/// As whom the packages' daemon runs.
inline const std::string installed_daemon_user = "holdfast";
inline const std::filesystem::path installed_broker_state = "/var/lib/mosquitto";

/// Whom the broker becomes and where it keeps its state.
struct BrokerSeat {
    std::string user;
    std::filesystem::path state;
};

/// As the broker's rendered configuration says; where it does not, as the packages have it, and for
/// who is not root, who can only start a broker of his own, himself.
BrokerSeat broker_seat(const std::filesystem::path& folder);

/// For a broker that we start ourselves: the user that we are.
std::string own_user();

/// The text of a file that every appliance has. Throws InputError that says what makes one.
std::string read_own_file(const std::filesystem::path& file);

/// The settings in `folder`, which must have a cloud. Throws InputError.
config::Settings settings_with_cloud(const std::filesystem::path& folder);

} // namespace holdfast::cli
