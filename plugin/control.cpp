#include "plugin/control.hpp"

#include <nlohmann/json.hpp>

namespace holdfast::control {

std::optional<Command> parse(std::string_view payload) {
    if (payload.size() > most_bytes) {
        return std::nullopt;
    }
    const auto json = nlohmann::json::parse(payload, nullptr, false);
    if (!json.is_object() || json.size() != 1 || !json.contains("command") ||
        json["command"] != "kick-bridge") {
        return std::nullopt;
    }
    return Command::kick_bridge;
}

} // namespace holdfast::control
