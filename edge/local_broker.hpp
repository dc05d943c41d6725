#pragma once

#include "config/settings.hpp"
#include "edge/mqtt/client.hpp"

#include <filesystem>
#include <string>

namespace holdfast::edge {

/// How the daemon reaches the local broker: TLS by name, verified against the appliance's own CA,
/// with the password that `holdfast init` wrote to `edge.password`. A clock that lies before what
/// that CA has signed is not believed. Throws Error where that file or the authority's certificate
/// cannot be used.
mqtt::Endpoint local_broker(const config::Settings& settings, const std::filesystem::path& folder,
                            const std::string& client_id);

} // namespace holdfast::edge
