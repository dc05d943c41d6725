#pragma once

#include "core/clock.hpp"
#include "edge/control/order.hpp"

#include <optional>
#include <string>

namespace holdfast::control {

/// What an output is to be: `on`, `off`, a text, or empty while nobody has said. Pure.
///
/// - a pulse ends in off, whatever was before; another order ends it early
/// - with a controller timeout, an output that was given no order for so long becomes safe
class OutputLogic {
public:
    /// Without `safe` an output is left as it is at the beginning and the end.
    OutputLogic(std::optional<Order> safe,
                std::optional<std::chrono::milliseconds> controller_timeout);

    const std::string& state() const noexcept { return state_; }
    /// What it is to be when nobody controls it; empty without a safe state.
    std::string safe_state() const;

    /// Becomes safe, if there is a safe state. Answers the new state.
    const std::string& make_safe();
    /// Answers the new state.
    const std::string& order(const Order& order, BootTime now);
    /// The new state, if the time has changed it.
    std::optional<std::string> tick(BootTime now);
    /// When to call tick().
    std::optional<BootTime> wake() const noexcept;

private:
    void apply(const Order& order, BootTime now);

    std::optional<Order> safe_;
    std::optional<std::chrono::milliseconds> timeout_;
    std::string state_;
    std::optional<BootTime> pulse_end_;
    std::optional<BootTime> silent_at_; ///< when the controller counts as lost
};

} // namespace holdfast::control
