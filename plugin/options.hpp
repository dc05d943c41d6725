#pragma once

#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

namespace holdfast {

/// What the plugin_opt_ lines of mosquitto.conf say.
struct PluginOptions {
    std::filesystem::path users;
    std::filesystem::path policy;

    /// `users` and `policy`, also by Mosquitto's names `password_file` and `acl_file`. Throws Error
    /// for an unknown option, one given twice, and one that is missing.
    static PluginOptions
    parse(std::span<const std::pair<std::string_view, std::string_view>> options);
};

} // namespace holdfast
