#pragma once

#include "bridge/local_end.hpp"
#include "cli/cloud/address.hpp"
#include "cli/cloud/bundle.hpp"

#include <filesystem>
#include <optional>

namespace holdfast::cli {

/// Whether that cloud can be added to the appliance in `folder` as it is. Throws Error with what to
/// do first: AWS IoT Core has a certificate of its own making, which must be there.
void check_cloud(const std::filesystem::path& folder, const CloudAddress& address);

/// Gives the appliance that is there a cloud: `[cloud]` at the end of its holdfast.conf, and for a
/// Mosquitto of one's own the bundle that makes one. Everything is checked before anything is
/// written. Answers nothing when that cloud is there already; throws Error when there is another.
std::optional<CloudBundle> add_cloud(const bridge::LocalPaths& paths, const CloudAddress& address);

} // namespace holdfast::cli
