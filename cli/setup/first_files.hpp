#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace holdfast::cli {

/// The holdfast.conf that a new appliance starts with: one sensor that every machine has, and the
/// rest as comments.
std::string first_config(std::string_view site, const std::filesystem::path& spool);

/// What its first person may do.
inline constexpr std::string_view first_user = "owner";
std::string first_policy();

} // namespace holdfast::cli
