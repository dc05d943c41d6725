#pragma once

#include "bridge/local_end.hpp"
#include "cli/setup/installation.hpp"

#include <filesystem>
#include <vector>

/// The services of an installed appliance: Debian's mosquitto and the packages' daemon.
namespace holdfast::cli {

/// Where Debian's mosquitto looks for more of its configuration.
inline const std::filesystem::path broker_conf_d = "/etc/mosquitto/conf.d";

/// Whether `folder` is the appliance of these services. A program that was not installed does not
/// touch them, wherever its appliance is; and a container has none of them.
bool is_installed(const std::filesystem::path& folder);

/// What the rendered files of this appliance's broker name. Verified logins outlive it where it is
/// Debian's service, in the folder that the plugin's package has in /run.
bridge::LocalPaths local_paths(const std::filesystem::path& folder, const BrokerSeat& seat);

/// The link in `conf_d` through which the broker reads a rendered part.
std::filesystem::path broker_link(const std::filesystem::path& part,
                                  const std::filesystem::path& conf_d = broker_conf_d);

/// Makes the broker read what is rendered in `folder`: a link in `conf_d` to each
/// part, because an include in an included file is ignored. A link of ours to a part that is gone
/// goes too. Answers those that it changed. Throws filesystem_error, and Error where something else
/// has a link's name.
std::vector<std::filesystem::path>
link_into_broker(const std::filesystem::path& folder,
                 const std::filesystem::path& conf_d = broker_conf_d);

/// Starts broker and daemon, or has them begin anew with a changed configuration, and waits until
/// both are ready. Answers false where no systemd runs. Throws Error when one does not start.
bool start_services(bool changed);

} // namespace holdfast::cli
