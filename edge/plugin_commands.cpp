#include "edge/plugin_commands.hpp"

#include <nlohmann/json.hpp>

namespace holdfast::edge {

std::string kick_bridge_command() {
    return R"({"command":"kick-bridge"})";
}

std::string certificate_command(std::string_view name, std::string_view event) {
    return nlohmann::json{{"command", "certificate"}, {"name", name}, {"event", event}}.dump();
}

} // namespace holdfast::edge
