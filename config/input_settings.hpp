#pragma once

#include "config/cloud_profile.hpp"
#include "config/ini.hpp"
#include "core/series.hpp"
#include "core/topic.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace holdfast::config {

struct SensorSettings {
    std::string name;
    std::string driver;
    std::string driver_where{}; ///< of the driver's key, for messages
    std::chrono::milliseconds every{1000};
    TopicName topic;
    std::string unit{};
    double scale = 1;
    double offset = 0;
    std::optional<double> least{};    ///< a value below is rejected
    std::optional<double> greatest{}; ///< a value above is rejected
    double deadband = 0;              ///< a change smaller than this is not worth a reading
    std::optional<std::chrono::milliseconds> heartbeat{};    ///< for the deadband; ten periods
    int median = 1;                                          ///< of so many usable values
    bool mean = false;                                       ///< a reading is the mean over `every`
    std::optional<std::chrono::milliseconds> sample_every{}; ///< for a mean: how often to ask
    Format format = Format::senml;
    bool up = true;        ///< whether the cloud gets it
    bool priority = false; ///< whether it goes up before everything else
    /// The keys that belong to the driver: a driver reads them with a SectionReader.
    Section driver_keys;
};

/// MQTT devices whose messages are captured.
struct DeviceSettings {
    std::string name;
    TopicFilter topic;
    int qos = 1;           ///< 0 or 1: with 2 the broker lets go of a message before it is on disk
    bool priority = false; ///< whether its messages go up before everything else
    std::uint64_t max_payload_bytes = std::uint64_t{128} * 1024; ///< a larger one is refused
    std::string where;                                           ///< of the section, for messages
};

/// Its topic is checked against what `profile` takes below the site's name.
SensorSettings read_sensor(const Section& section, Format default_format, const std::string& site,
                           const CloudProfile& profile);
DeviceSettings read_device(const Section& section);

} // namespace holdfast::config
