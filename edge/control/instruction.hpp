#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace holdfast::control {

/// The sampling period that an order asks for: `10` (seconds), `0.5`, `2 Hz`, `500ms`, `5min`, or
/// `{"interval":5}` with any of these as its value. Throws Error saying what is wrong.
std::chrono::milliseconds parse_period(std::string_view order);

/// The same, and within bounds. Throws Error.
std::chrono::milliseconds allowed_period(std::string_view order, std::chrono::milliseconds least,
                                         std::chrono::milliseconds greatest);

/// What an instruction answers, in seconds: `{"old":5,"new":10}`.
std::string accepted_json(std::chrono::milliseconds before, std::chrono::milliseconds now);
/// `{"old":5,"refused":"…"}`
std::string refused_json(std::chrono::milliseconds before, std::string_view reason);

} // namespace holdfast::control
