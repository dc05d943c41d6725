#pragma once

#include "bridge/finding.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::bridge {

/// Whether the broker, which becomes `user` when root starts it, can read these files, and nobody
/// else the key among them. By the modes of the files and of the folders above them; root reads
/// everything.
Findings check_rights(const std::string& user, const std::filesystem::path& key,
                      const std::vector<std::filesystem::path>& others);

} // namespace holdfast::bridge
