#include "plugin/control.hpp"

#include <nlohmann/json.hpp>

namespace holdfast::control {

namespace {

/// "" where there is no text.
std::string text_of(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace

std::optional<Command> parse(std::string_view payload) {
    if (payload.size() > most_bytes) {
        return std::nullopt;
    }
    const auto json = nlohmann::json::parse(payload, nullptr, false);
    if (!json.is_object()) {
        return std::nullopt;
    }
    const auto command = text_of(json, "command");
    if (command == "kick-bridge" && json.size() == 1) {
        return KickBridge{};
    }
    CertificateEvent told{text_of(json, "name"), text_of(json, "event")};
    if (command == "certificate" && json.size() == 3 && !told.name.empty() && !told.event.empty()) {
        return told;
    }
    return std::nullopt;
}

} // namespace holdfast::control
