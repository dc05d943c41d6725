#pragma once

#include "certs/check.hpp"
#include "config/settings.hpp"

#include <filesystem>

namespace holdfast::cli {

/// What broker and bridge would stumble over, and say less about; empty when all is well. Throws
/// for a file that cannot be used at all, with its path and what to do.
certs::Problems certificate_problems(const config::Settings& settings,
                                     const std::filesystem::path& folder);

} // namespace holdfast::cli
