#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <string>

namespace holdfast {

/// What happened since the broker's start; each only grows.
struct Counters {
    std::uint64_t logins = 0; ///< as a user
    std::uint64_t logins_refused = 0;
    std::uint64_t denied_write = 0;
    std::uint64_t denied_subscribe = 0;
    std::uint64_t denied_control = 0;
    std::uint64_t limited = 0; ///< allowed by the rules, and beyond a limit
    std::uint64_t not_delivered = 0;
    std::uint64_t decisions = 0; ///< about topics, limits aside
    std::uint64_t timed = 0;     ///< decisions whose time was taken
    std::uint64_t timed_ns = 0;  ///< of all of those
    std::uint64_t slowest_ns = 0;
    std::uint64_t reloads = 0;
    std::uint64_t reloads_refused = 0;

    void time(std::uint64_t nanoseconds) noexcept;
    /// Whether something differs that an owner would want to see soon.
    bool news_since(const Counters& before) const noexcept;
};

/// Says when counters are to be told: each minute, and soon after news.
class CounterSchedule {
public:
    static constexpr BootTime regular = std::chrono::minutes(1);
    static constexpr BootTime soonest = std::chrono::seconds(5); ///< after the last time

    /// Whether to tell them now; it counts as told if so.
    bool due(const Counters& counters, std::size_t sessions, BootTime now) noexcept;

private:
    Counters told_;
    std::size_t told_sessions_ = 0;
    BootTime next_{0};
    BootTime not_before_{0};
};

} // namespace holdfast
