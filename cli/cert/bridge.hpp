#pragma once

#include "certs/authority.hpp"
#include "cli/cert/file_slots.hpp"
#include "config/settings.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

/// The bridge's own certificate, of which the cloud has to approve: a new one replaces the old only
/// after a receipt came through it (docs/decisions/0016).
namespace holdfast::cli {

/// What `cert renew` and `cert list` call it, wherever [cloud] has it.
inline const std::string bridge_name = "bridge";

/// In `certs/`, while a new one is tried.
inline const std::string bridge_slots = "bridge.slots";

/// The cloud's own authority, where this appliance made it ('holdfast cloud bundle').
std::filesystem::path cloud_authority_folder(const std::filesystem::path& folder);

/// Whether that authority signed it, so that it can be renewed here.
bool can_renew_bridge(const certs::Description& certificate, const std::filesystem::path& folder);

struct BridgeRenewal {
    std::chrono::days lifetime;
    bool new_key = false;
    certs::KeyType key_type = certs::KeyType::ec_p256; ///< of a new key
    std::chrono::seconds limit;                        ///< for the receipt
};

/// With the cloud's authority in `folder`. Answers whether the new one is in force; says on the
/// standard output what happened, and on the alert's topic that it is not. Throws Error where it
/// cannot be renewed here.
bool renew_bridge(const config::Settings& settings, const std::filesystem::path& folder,
                  certs::TimePoint now, const BridgeRenewal& wishes);

/// Has the bridge try these files in place of those of [cloud], and keeps them only if a receipt
/// comes. As renew_bridge.
bool try_for_bridge(const config::Settings& settings, const std::filesystem::path& folder,
                    const std::map<std::filesystem::path, std::string>& contents,
                    std::chrono::seconds limit);

/// For who reads the files of [cloud]: waits until a trial that runs is decided, and as long as it
/// lives no other begins. Nothing where there can be none.
std::optional<FileSlots> bridge_files_at_rest(const config::Settings& settings,
                                              const std::filesystem::path& folder);

/// Takes back a trial that a crash cut off. Nothing happens where there was none.
void recover_bridge(const config::Settings& settings, const std::filesystem::path& folder);

} // namespace holdfast::cli
