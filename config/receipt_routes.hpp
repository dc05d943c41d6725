#pragma once

#include "config/settings.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::config {

/// The filters below `<site>/` whose messages the bridge brings back as receipts: everything below
/// the first level of whatever goes up, and below `sensors/` in any case. A new sensor or device
/// below a first level that is there needs neither a render nor a restart of the broker. With
/// `receipt = marker` nothing but the markers.
std::set<std::string> receipt_routes(const Settings& settings);

/// Those of receipt_routes() that a rendered bridge configuration does not bring back.
std::vector<std::string> missing_routes(const Settings& settings,
                                        std::string_view bridge_configuration);

/// Where render_local_end() puts it.
std::filesystem::path bridge_configuration(const std::filesystem::path& folder);

} // namespace holdfast::config
