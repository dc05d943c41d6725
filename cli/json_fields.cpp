#include "cli/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace holdfast::cli {

using nlohmann::json;

std::uint64_t number(const json& object, const char* path) {
    const auto pointer = json::json_pointer(path);
    return object.contains(pointer) && object.at(pointer).is_number_integer()
               ? object.at(pointer).get<std::uint64_t>()
               : 0;
}

std::string text(const json& object, const char* path) {
    const auto pointer = json::json_pointer(path);
    return object.contains(pointer) && object.at(pointer).is_string()
               ? object.at(pointer).get<std::string>()
               : std::string();
}

bool flag(const json& object, const char* path) {
    const auto pointer = json::json_pointer(path);
    return object.contains(pointer) && object.at(pointer).is_boolean() &&
           object.at(pointer).get<bool>();
}

const json& part(const json& object, const char* path) {
    static const json nothing;
    const auto pointer = json::json_pointer(path);
    return object.contains(pointer) ? object.at(pointer) : nothing;
}

std::string byte_text(std::uint64_t count) {
    constexpr std::uint64_t kibi = 1024;
    if (count < kibi) {
        return fmt::format("{} B", count);
    }
    if (count < kibi * kibi) {
        return fmt::format("{:.1f} KiB", static_cast<double>(count) / kibi);
    }
    if (count < kibi * kibi * kibi) {
        return fmt::format("{:.1f} MiB", static_cast<double>(count) / (kibi * kibi));
    }
    return fmt::format("{:.1f} GiB", static_cast<double>(count) / (kibi * kibi * kibi));
}

} // namespace holdfast::cli
