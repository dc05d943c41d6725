#pragma once

#include "bridge/local_end.hpp"
#include "cli/cloud_address.hpp"
#include "cli/set_up.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace holdfast::cli {

/// What came with a new cloud.
struct AddedCloud {
    std::filesystem::path bundle; ///< a folder for the far end; empty where that is somebody else's
    std::vector<NewUser> users;   ///< who may log in there
};

/// Whether that cloud can be added to the appliance in `folder` as it is. Throws Error with what to
/// do first: AWS IoT Core has a certificate of its own making, which must be there.
void check_cloud(const std::filesystem::path& folder, const CloudAddress& address);

/// Gives the appliance that is there a cloud: `[cloud]` at the end of its holdfast.conf, and for a
/// Mosquitto of one's own the folder that makes one, with the certificates of both ends. Everything
/// is checked before anything is written. Answers nothing when that cloud is there already; throws
/// Error when there is another.
std::optional<AddedCloud> add_cloud(const bridge::LocalPaths& paths, const CloudAddress& address);

} // namespace holdfast::cli
