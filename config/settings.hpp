#pragma once

#include "config/control_settings.hpp"
#include "config/environment.hpp"
#include "config/ini.hpp"
#include "core/series.hpp"
#include "core/topic.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::config {

struct SiteSettings {
    std::string name; ///< one topic level: the root of everything this appliance says at the cloud
};

struct BrokerSettings {
    std::string address = "0.0.0.0"; ///< where the TLS listener binds
    std::uint16_t port = 8883;
    /// How often the broker saves retained messages, sessions and what waits in them; 0: at every
    /// change, which costs the card the whole file each time.
    std::chrono::seconds save_every{60};
};

/// The cloud broker, a Mosquitto; without this section the appliance is local only.
struct CloudSettings {
    std::string address; ///< host name or IP, as it stands in the cloud broker's certificate
    std::uint16_t port = 8883;
    std::string client_id; ///< by default "holdfast-" and the site's name
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::filesystem::path ca;
    std::chrono::seconds keepalive{30};
};

struct SpoolSettings {
    std::filesystem::path path;
    std::chrono::milliseconds lose_at_most{1000};
    std::chrono::milliseconds keep_history{std::chrono::hours(24 * 30)};
};

enum class Order { live_first, fifo };

struct UplinkSettings {
    Order order = Order::live_first;
    Format format = Format::senml;
    std::uint64_t max_batch_bytes = std::uint64_t{16} * 1024;
    std::uint64_t max_in_flight = 64; ///< batches handed over without a receipt
    std::uint64_t max_publishes_per_second = 500;
    std::chrono::milliseconds receipt_timeout{10'000}; ///< then a batch is handed over again
};

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
    bool up = true; ///< whether the cloud gets it
    /// The keys that belong to the driver: a driver reads them with a SectionReader.
    Section driver_keys;
};

/// MQTT devices whose messages are captured.
struct DeviceSettings {
    std::string name;
    TopicFilter topic;
    int qos = 1; ///< 0 or 1: with 2 the broker lets go of a message before it is on disk
    std::uint64_t max_payload_bytes = std::uint64_t{128} * 1024; ///< a larger one is refused
    std::string where;                                           ///< of the section, for messages
};

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

/// Titles such as `sensor room` of the sections that differ between two configurations: added,
/// removed, or with other entries. Where an entry stands in its file makes no difference.
std::set<std::string> changed_sections(const Settings& before, const Settings& after);

/// Settings from the text of a holdfast.conf. Paths in it are relative to the file's folder.
/// Throws InputError `path:line: reason` on the first fault: syntax, unknown sections and keys (the
/// nearest valid one is named), values out of range, topics that clash.
Settings parse_settings(std::string_view text, const std::filesystem::path& path,
                        const Environment& environment = {});

/// The same from a file, with this process's environment.
Settings load_settings(const std::filesystem::path& path);

} // namespace holdfast::config
