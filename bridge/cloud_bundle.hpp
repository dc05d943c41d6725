#pragma once

#include "bridge/cloud_end.hpp"
#include "bridge/rendered_file.hpp"
#include "config/settings.hpp"

#include <string>
#include <vector>

namespace holdfast::bridge {

/// Where the parts of a bundle for a machine of one's own are once it is installed.
struct BundleHome {
    static constexpr std::string_view unpacked = "/opt/holdfast-cloud";
    static constexpr std::string_view files = "/etc/mosquitto/holdfast";
    static constexpr std::string_view state = "/var/lib/mosquitto";
};

/// A file of the bundle as cloud-init is to write it.
struct BundleFile {
    std::string name; ///< below the bundle's folder
    std::string content;
    std::string permissions; ///< `0640`
};

/// What makes a fresh machine the cloud broker, beside certificates and users: `mosquitto.conf`,
/// `acl`, `install.sh`, `compose.yaml` and `README.md`. `cloud.home` and `cloud.state` are
/// BundleHome's.
std::vector<RenderedFile> render_bundle(const config::Settings& settings, const CloudEnd& cloud);

/// cloud-init's user-data that writes these files and runs install.sh. Throws Error when it would
/// be longer than the 16 KiB that EC2 takes.
std::string render_user_data(const std::vector<BundleFile>& files);

} // namespace holdfast::bridge
