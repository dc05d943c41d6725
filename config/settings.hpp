#pragma once

#include "config/appliance_settings.hpp"
#include "config/cloud_settings.hpp"
#include "config/control_settings.hpp"
#include "config/environment.hpp"
#include "config/ini.hpp"
#include "config/input_settings.hpp"

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace holdfast::config {

struct Settings {
    SiteSettings site;
    BrokerSettings broker;
    std::optional<CloudSettings> cloud;
    SpoolSettings spool;
    UplinkSettings uplink;
    std::vector<SensorSettings> sensors;
    std::vector<DeviceSettings> devices;
    std::vector<InstructionSettings> instructions{};
    std::vector<OutputSettings> outputs{};
    std::vector<AlarmSettings> alarms{};
    std::vector<Section> sections{}; ///< what all of this was read from
};

/// Settings from the text of a holdfast.conf. Paths in it are relative to the file's folder.
/// Throws InputError `path:line: reason` on the first fault: syntax, unknown sections and keys (the
/// nearest valid one is named), values out of range, topics that clash.
Settings parse_settings(std::string_view text, const std::filesystem::path& path,
                        const Environment& environment = {});

/// The same from a file, with this process's environment.
Settings load_settings(const std::filesystem::path& path);

} // namespace holdfast::config
