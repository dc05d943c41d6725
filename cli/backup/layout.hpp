#pragma once

#include <array>
#include <string_view>

/// What `holdfast backup` writes and `holdfast restore` reads.
namespace holdfast::cli::backup_layout {

constexpr std::string_view manifest = "holdfast-backup.json"; ///< the first entry
constexpr int version = 1;
constexpr std::string_view folder = "appliance"; ///< the one of holdfast.conf
/// What makes the appliance what it is, in that folder; what is rendered from it is rendered again.
/// The configuration last: it says that all of the others are there.
constexpr std::array<std::string_view, 7> parts{
    "users", "policy", "edge.password", "certs", "cloud", "cloud-authority", "holdfast.conf"};
constexpr std::string_view state = "state"; ///< below it: the spool, and what lies beside it
constexpr std::string_view spool = "state/spool.db";

} // namespace holdfast::cli::backup_layout
