#pragma once

#include "core/error.hpp"

#include <filesystem>

namespace holdfast::test {

/// The plugin that Debian's mosquitto brings. Throws Error where it is not installed.
inline std::filesystem::path dynamic_security_module() {
    for (const auto& architecture : std::filesystem::directory_iterator("/usr/lib")) {
        auto module = architecture.path() / "mosquitto_dynamic_security.so";
        if (std::filesystem::exists(module)) {
            return module;
        }
    }
    throw Error("mosquitto_dynamic_security.so is not installed: apt-get install mosquitto");
}

} // namespace holdfast::test
