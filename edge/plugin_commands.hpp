#pragma once

#include <string>
#include <string_view>

namespace holdfast::edge {

// What is published on topics::control for the plugin to do (docs/plugin.md).

/// Has the bridge connect anew.
std::string kick_bridge_command();

/// Puts `event`, a sentence about the certificate `name`, into the audit.
std::string certificate_command(std::string_view name, std::string_view event);

} // namespace holdfast::edge
