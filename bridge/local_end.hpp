#pragma once

#include "bridge/rendered_file.hpp"
#include "config/settings.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::bridge {

/// Where things are on this machine that the broker's configuration has to name.
struct LocalPaths {
    std::filesystem::path
        folder; ///< /etc/holdfast: holdfast.conf, users, policy, certs/, generated/
    std::filesystem::path state;  ///< where the broker keeps its persistence file
    std::filesystem::path plugin; ///< mosquitto_holdfast.so
    std::string broker_user;      ///< whom a broker started by root becomes
    /// Where verified logins outlive the broker, on a file system in memory; empty: they do not.
    std::filesystem::path login_memory = {};
};

/// The folder of the files that any Mosquitto on this machine has to read, whatever its main file.
std::filesystem::path broker_parts(const std::filesystem::path& folder);

/// The files for the local Mosquitto: `generated/conf.d/appliance.conf`, the same folder's
/// `bridge.conf` where there is a cloud, and last `generated/mosquitto.conf`, which is the main
/// file of a broker that is not Debian's service. Options are explained in the files themselves.
std::vector<RenderedFile> render_local_end(const config::Settings& settings,
                                           const LocalPaths& paths);

/// What an earlier rendering left in that folder and this one does not have, sorted.
std::vector<std::filesystem::path> left_over(const std::vector<RenderedFile>& rendered,
                                             const std::filesystem::path& folder);

} // namespace holdfast::bridge
