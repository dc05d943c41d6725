#pragma once

#include "config/ini.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace holdfast::config {

struct SiteSettings {
    std::string name; ///< one topic level: the root of everything this appliance says at the cloud
};

struct BrokerSettings {
    std::string address = "0.0.0.0"; ///< where the TLS listener binds
    std::uint16_t port = 8883;
    /// Where a second listener binds, which lets in by client certificate alone; empty: nowhere.
    std::string certificate_address{};
    std::uint16_t certificate_port = 0;
    /// How often the broker saves retained messages, sessions and what waits in them; 0: at every
    /// change, which costs the card the whole file each time.
    std::chrono::seconds save_every{60};
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

SiteSettings read_site(const Section& section);
BrokerSettings read_broker(const Section& section);
/// Its path is relative to `folder`.
SpoolSettings read_spool(const Section& section, const std::filesystem::path& folder);

} // namespace holdfast::config
