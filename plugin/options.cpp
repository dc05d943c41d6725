#include "plugin/options.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <array>

namespace holdfast {

namespace {

void set_once(std::filesystem::path& option, std::string_view name, std::string_view value) {
    if (!option.empty()) {
        throw Error(fmt::format("mosquitto.conf: plugin_opt_{} sets again what is already set to "
                                "{}; remove one of the lines",
                                name, option.string()));
    }
    if (value.empty()) {
        throw Error(fmt::format("mosquitto.conf: plugin_opt_{} has no value; give a path", name));
    }
    option = value;
}

void require(const std::filesystem::path& option, std::string_view name) {
    if (option.empty()) {
        throw Error(
            fmt::format("mosquitto.conf: add a line: plugin_opt_{0} /etc/holdfast/{0}", name));
    }
}

} // namespace

PluginOptions
PluginOptions::parse(std::span<const std::pair<std::string_view, std::string_view>> options) {
    constexpr std::array<std::string_view, 4> known{"users", "policy", "password_file", "acl_file"};
    PluginOptions parsed;
    for (const auto& [name, value] : options) {
        if (name == "users" || name == "password_file") {
            set_once(parsed.users, name, value);
        } else if (name == "policy" || name == "acl_file") {
            set_once(parsed.policy, name, value);
        } else {
            const auto meant = nearest(name, known).value_or("users or plugin_opt_policy");
            throw Error(fmt::format("mosquitto.conf: unknown option plugin_opt_{}; did you mean "
                                    "plugin_opt_{}?",
                                    name, meant));
        }
    }
    require(parsed.users, "users");
    require(parsed.policy, "policy");
    return parsed;
}

} // namespace holdfast
