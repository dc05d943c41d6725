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
};

/// The files for the local Mosquitto: `generated/mosquitto.conf`, and
/// `generated/conf.d/bridge.conf` where there is a cloud. Options are explained in the files
/// themselves.
std::vector<RenderedFile> render_local_end(const config::Settings& settings,
                                           const LocalPaths& paths);

} // namespace holdfast::bridge
