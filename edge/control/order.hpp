#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace holdfast::control {

/// What an output is told.
struct Order {
    enum class Kind {
        on,
        off,
        toggle,
        pulse, ///< on for `length`, then off
        text   ///< a line of its own, for outputs that take any
    };

    Kind kind;
    std::chrono::milliseconds length{};
    std::string text{};

    bool operator==(const Order&) const noexcept = default;
};

/// `on`, `off`, `toggle`, `pulse 2s`; also 1, 0, true and false in any case. Everything else is a
/// text, if the output takes texts: at most 200 bytes of UTF-8 on one line. Throws Error.
Order parse_order(std::string_view payload, bool takes_text);

} // namespace holdfast::control
