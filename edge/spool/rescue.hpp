#pragma once

#include "edge/spool/salvage.hpp"

#include <filesystem>

namespace holdfast::spool {

class Database;

/// Copies what can be read of a damaged spool into a new, empty one, and says how much that was
/// (salvage.hpp).
Salvage rescue(const std::filesystem::path& damaged, Database& fresh);

} // namespace holdfast::spool
