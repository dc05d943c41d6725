#pragma once

#include <optional>
#include <string_view>

namespace holdfast {

/// What the daemon may ask of the plugin on control::topic.
namespace control {

constexpr std::string_view topic = "$CONTROL/holdfast/v1";
/// The only user who may ask, and only where the policy lets it write there.
constexpr std::string_view daemon_user = "holdfast-edge";
/// The id under which the bridge is a client of its own broker (local_clientid).
constexpr std::string_view bridge_client = "holdfast-bridge";

constexpr std::size_t most_bytes = 1024;

enum class Command {
    kick_bridge, ///< ends the bridge's session, so that Mosquitto connects it anew
};

/// Reads `{"command":"kick-bridge"}`; nothing if it is anything else.
std::optional<Command> parse(std::string_view payload);

} // namespace control
} // namespace holdfast
