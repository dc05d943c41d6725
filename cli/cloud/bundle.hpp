#pragma once

#include "cli/setup/set_up.hpp"
#include "config/settings.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::cli {

/// What the far broker is to be beside what `[cloud]` says.
struct BundleWishes {
    std::vector<std::string> host_names{};          ///< of the machine, beside `[cloud] address`
    std::vector<std::string> readers{"dashboard"};  ///< may read what all sites send
    std::vector<std::string> operators{"operator"}; ///< may give orders too
    std::uint16_t app_port = 8884;                  ///< for both, with TLS and a password
    std::optional<std::uint16_t> websocket_port{};
};

struct CloudBundle {
    std::filesystem::path folder;
    std::vector<NewUser> users{};    ///< with passwords that are shown once
    std::vector<std::string> kept{}; ///< what was there and stayed, with a word about it
};

/// Makes `cloud` in the appliance's folder, which turns a fresh machine into the cloud broker of
/// `[cloud]`, and gives the appliance the certificate to come in with unless it has one. Throws
/// UsageError where two listeners would share a port.
CloudBundle make_cloud_bundle(const config::Settings& settings,
                              const std::filesystem::path& appliance, const BundleWishes& wishes);

} // namespace holdfast::cli
