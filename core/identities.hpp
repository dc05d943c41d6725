#pragma once

#include <string_view>

/// The names under which Holdfast's own parts are known to the local broker.
namespace holdfast::identities {

/// The user that the daemon logs in as.
constexpr std::string_view edge_user = "holdfast-edge";
/// The id under which the bridge is a client of its own broker (local_clientid in mosquitto.conf).
constexpr std::string_view bridge_client = "holdfast-bridge";

} // namespace holdfast::identities
