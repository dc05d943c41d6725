#pragma once

#include "core/error.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::test {

/// How the Mosquitto in the root folder of another Debian is started: by that root's own loader,
/// with its own libraries. Throws Error where the folder has none.
inline std::vector<std::string> mosquitto_of(const std::filesystem::path& root) {
    for (const auto& folder : std::filesystem::directory_iterator(root / "usr/lib")) {
        if (!folder.is_directory()) {
            continue;
        }
        for (const auto& file : std::filesystem::directory_iterator(folder)) {
            if (file.path().filename().string().rfind("ld-linux-", 0) == 0) {
                return {file.path().string(), "--library-path", folder.path().string(),
                        (root / "usr/sbin/mosquitto").string()};
            }
        }
    }
    throw Error(fmt::format("{}: no ld-linux-* below usr/lib: give the root folder of a Debian",
                            root.string()));
}

} // namespace holdfast::test
