#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace holdfast {

/// What the daemon may ask of the plugin on topics::control; it alone, and only where the policy
/// lets it write there.
namespace control {

constexpr std::size_t most_bytes = 1024;

/// Ends the bridge's session, so that Mosquitto connects it anew.
struct KickBridge {
    bool operator==(const KickBridge&) const = default;
};

/// Puts into the audit what became of a certificate of the appliance.
struct CertificateEvent {
    std::string name;
    std::string event;
    bool operator==(const CertificateEvent&) const = default;
};

using Command = std::variant<KickBridge, CertificateEvent>;

/// Reads `{"command":"kick-bridge"}` or `{"command":"certificate","name":"…","event":"…"}`;
/// nothing if it is anything else.
std::optional<Command> parse(std::string_view payload);

} // namespace control
} // namespace holdfast
