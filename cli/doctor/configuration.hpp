#pragma once

#include "bridge/rendered_file.hpp"
#include "cli/doctor/finding.hpp"

#include <filesystem>
#include <vector>

namespace holdfast::cli::doctor {

/// Whether Debian's broker, which reads `conf_d`, finds there a link to each rendered part in the
/// folder `parts`.
Findings judge_links(const std::vector<bridge::RenderedFile>& rendered,
                     const std::filesystem::path& parts, const std::filesystem::path& conf_d);

} // namespace holdfast::cli::doctor
