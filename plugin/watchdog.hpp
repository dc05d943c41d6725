#pragma once

#include "core/clock.hpp"

#include <optional>

namespace holdfast {

/// Has systemd end and start again a broker whose loop stands still (sd_notify(3)). Nothing happens
/// where no service manager listens.
///
/// Armed by the first turn of the loop and not by the unit: without this plugin, or where Mosquitto
/// gives it no ticks, nobody would feed a watchdog and a broker that is well would be ended.
class Watchdog {
public:
    /// Nothing: there is none.
    explicit Watchdog(std::optional<BootTime> limit) noexcept
        : limit_(limit) {}

    /// The broker's loop has turned.
    void turned(BootTime now) noexcept;
    /// Something within one turn is done: many passwords may have to be hashed in one.
    void worked(BootTime now) noexcept;

private:
    /// How often it is fed within its limit.
    static constexpr int feeds = 4;

    std::optional<BootTime> limit_;
    std::optional<BootTime> next_; ///< since it is armed
};

} // namespace holdfast
