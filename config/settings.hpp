#pragma once

#include "config/environment.hpp"
#include "config/ini.hpp"
#include "core/series.hpp"
#include "core/topic.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
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
    Format format = Format::senml;
    bool up = true; ///< whether the cloud gets it
    /// The keys that belong to the driver: a driver reads them with a SectionReader.
    Section driver_keys;
};

/// MQTT devices whose messages are captured.
struct DeviceSettings {
    std::string name;
    TopicFilter topic;
    int qos = 1;       ///< 0 or 1: with 2 the broker lets go of a message before it is on disk
    std::string where; ///< of the section, for messages
};

struct Settings {
    SiteSettings site;
    BrokerSettings broker;
    std::optional<CloudSettings> cloud;
    SpoolSettings spool;
    UplinkSettings uplink;
    std::vector<SensorSettings> sensors;
    std::vector<DeviceSettings> devices;
};

/// Settings from the text of a holdfast.conf. Paths in it are relative to the file's folder.
/// Throws InputError `path:line: reason` on the first fault: syntax, unknown sections and keys (the
/// nearest valid one is named), values out of range, topics that clash.
Settings parse_settings(std::string_view text, const std::filesystem::path& path,
                        const Environment& environment = {});

/// The same from a file, with this process's environment.
Settings load_settings(const std::filesystem::path& path);

} // namespace holdfast::config
