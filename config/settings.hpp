#pragma once

#include "config/cloud_profile.hpp"
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

/// The cloud broker; without this section the appliance is local only.
struct CloudSettings {
    const CloudProfile* profile = &mosquitto_profile(); ///< of its `kind`, never null
    std::string address; ///< host name or IP, as it stands in the cloud broker's certificate
    std::uint16_t port = 8883;
    std::string client_id; ///< by default "holdfast-" and the site's name
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::filesystem::path ca;
    std::chrono::seconds keepalive{30};
    std::string alpn{}; ///< what TLS asks for; empty: nothing
};

/// What happens when what the cloud has not got fills the spool.
enum class WhenFull { thin, drop_oldest, refuse };
/// As it is written in the file.
std::string_view to_string(WhenFull when_full) noexcept;

struct SpoolSettings {
    std::filesystem::path path;
    std::uint64_t max_size_bytes = std::uint64_t{512} << 20U;
    WhenFull when_full = WhenFull::thin;
    std::chrono::milliseconds lose_at_most{1000};
    std::chrono::milliseconds keep_history{std::chrono::hours(24 * 30)};
};

enum class Order { live_first, fifo };

struct UplinkSettings {
    Order order = Order::live_first;
    Format format = Format::senml;
    /// How long a live reading waits for others to share its message; 0: it goes at once.
    std::chrono::milliseconds linger{0};
    // The defaults are the cloud profile's, and so is the most that may be asked for.
    std::uint64_t max_batch_bytes = mosquitto_profile().batch_bytes;     ///< topic and payload
    std::uint64_t max_in_flight = mosquitto_profile().default_in_flight; ///< without a receipt
    std::uint64_t max_publishes_per_second = mosquitto_profile().default_publishes_per_second;
    std::uint64_t max_bytes_per_second = mosquitto_profile().default_bytes_per_second;
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
