#pragma once

#include "config/cloud_profile.hpp"
#include "config/ini.hpp"
#include "core/series.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace holdfast::config {

class SectionReader;

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

enum class Order { live_first, fifo };
/// What becomes of readings while nobody has set the clock.
enum class UnsetClock { send, wait };
/// What the bridge brings back as proof: every message, or a marker behind many of them.
enum class Receipt { echo, marker };

struct UplinkSettings {
    Order order = Order::live_first;
    UnsetClock unset_clock = UnsetClock::send;
    Receipt receipt = Receipt::echo;
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

/// Its paths are relative to `folder`; `site` makes the default client id. Nothing for a section
/// without entries.
std::optional<CloudSettings> read_cloud(const Section& section, const std::string& site,
                                        const std::filesystem::path& folder);
UplinkSettings read_uplink(const Section& section, const CloudProfile& profile);

/// The key `format`, which [uplink] sets for all and a [sensor] for itself.
std::optional<Format> read_format(SectionReader& keys);

} // namespace holdfast::config
