#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <optional>

namespace holdfast {

/// When something happens. Most decisions need no time, and looking at the clock costs more than
/// they do: the present is looked up when somebody asks.
class Moment {
public:
    template <typename Rep, typename Period>
    Moment(std::chrono::duration<Rep, Period> time) noexcept // NOLINT(google-explicit-constructor)
        : time_(time) {}
    static Moment present() noexcept { return {}; }

    BootTime time() const noexcept { return time_ ? *time_ : boot_now(); }

private:
    Moment() noexcept = default;

    std::optional<BootTime> time_;
};

} // namespace holdfast
