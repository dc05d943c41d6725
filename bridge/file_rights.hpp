#pragma once

#include "bridge/finding.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::bridge {

/// What keeps `user` from reading the file, by the modes of it and of the folders above it: one of
/// them, or nothing. Nothing, too, where there is no such user. Throws SystemError where it cannot
/// be looked at.
std::optional<std::filesystem::path> obstacle(const std::string& user,
                                              const std::filesystem::path& file);

/// Whether the broker, which becomes `user` when root starts it, can read these files, and nobody
/// else the key among them. By the modes of the files and of the folders above them; root reads
/// everything.
Findings check_rights(const std::string& user, const std::filesystem::path& key,
                      const std::vector<std::filesystem::path>& others);

} // namespace holdfast::bridge
