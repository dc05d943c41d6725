#pragma once

#include <optional>
#include <string_view>

namespace holdfast {

/// What the daemon may ask of the plugin on topics::control; it alone, and only where the policy
/// lets it write there.
namespace control {

constexpr std::size_t most_bytes = 1024;

enum class Command {
    kick_bridge, ///< ends the bridge's session, so that Mosquitto connects it anew
};

/// Reads `{"command":"kick-bridge"}`; nothing if it is anything else.
std::optional<Command> parse(std::string_view payload);

} // namespace control
} // namespace holdfast
