#pragma once

#include "bridge/rendered_file.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::bridge {

/// A stock Mosquitto that plays the cloud broker, as on an EC2 instance.
struct CloudEnd {
    std::filesystem::path folder;     ///< users, certs/ca.crt, certs/server.crt, certs/server.key
    std::string address;              ///< where both listeners bind
    std::uint16_t site_port;          ///< for appliances, which come with a certificate
    std::uint16_t app_port;           ///< for applications, which come with a password
    std::string broker_user;          ///< whom a broker started by root becomes
    std::vector<std::string> readers; ///< users who may read what every site sends
    std::vector<std::string> operators{}; ///< users who may do that, and give every site orders
    std::optional<std::uint16_t> websocket_port{}; ///< for applications in browsers, with TLS too
    /// Where the files and the broker's state are on the machine that it runs on; `folder` if
    /// empty.
    std::filesystem::path home{};
    std::filesystem::path state{};
};

/// `mosquitto.conf` and `acl` for that folder. An appliance is the site that its certificate's CN
/// names, and may use the topics below that name and no others.
std::vector<RenderedFile> render_cloud_end(const CloudEnd& cloud);

} // namespace holdfast::bridge
