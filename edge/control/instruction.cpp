#include "edge/control/instruction.hpp"

#include "config/quantity.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace holdfast::control {

namespace {

using std::chrono::milliseconds;
using Json = nlohmann::ordered_json;

constexpr std::size_t longest_order = 1000;
/// Of any period, so that arithmetic with it cannot overflow.
constexpr double most_seconds = 1e9;

milliseconds from_seconds(double seconds) {
    if (!std::isfinite(seconds) || seconds <= 0) {
        throw Error("a period is greater than 0");
    }
    return milliseconds(std::llround(std::min(seconds, most_seconds) * 1000));
}

milliseconds from_text(std::string_view text) {
    text = trim(text);
    const auto number_end = text.find_first_not_of("+-.0123456789eE");
    try {
        if (number_end == std::string_view::npos) {
            return from_seconds(config::parse_number(text));
        }
        if (trim(text.substr(number_end)) == "Hz") {
            return from_seconds(1 / config::parse_number(trim(text.substr(0, number_end))));
        }
        return from_seconds(std::chrono::duration<double>(config::parse_duration(text)).count());
    } catch (const Error& error) {
        throw Error(fmt::format("{} is no sampling period ({}): seconds are expected, or 2 Hz, or "
                                "500ms, or {{\"interval\":5}}",
                                quoted(text), error.what()));
    }
}

double seconds(milliseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

/// A whole number without a fraction, as people write it.
Json seconds_json(milliseconds time) {
    return time.count() % 1000 == 0 ? Json(time.count() / 1000) : Json(seconds(time));
}

} // namespace

milliseconds parse_period(std::string_view order) {
    order = trim(order);
    if (order.size() > longest_order) {
        throw Error(fmt::format("it has {} bytes: no sampling period is so long", order.size()));
    }
    if (order.empty() || order.front() != '{') {
        return from_text(order);
    }
    const auto json = nlohmann::json::parse(order, nullptr, false);
    const auto interval = json.is_object() ? json.find("interval") : json.end();
    if (interval == json.end()) {
        throw Error("JSON like {\"interval\":5} is expected");
    }
    if (interval->is_number()) {
        return from_seconds(interval->get<double>());
    }
    if (interval->is_string()) {
        return from_text(interval->get_ref<const std::string&>());
    }
    throw Error("the interval must be a number of seconds, or a text like \"2 Hz\"");
}

milliseconds allowed_period(std::string_view order, milliseconds least, milliseconds greatest) {
    const auto period = parse_period(order);
    if (period < least || period > greatest) {
        throw Error(fmt::format("{} s is not allowed here: from {} s to {} s", seconds(period),
                                seconds(least), seconds(greatest)));
    }
    return period;
}

std::string accepted_json(milliseconds before, milliseconds now) {
    return Json{{"old", seconds_json(before)}, {"new", seconds_json(now)}}.dump();
}

std::string refused_json(milliseconds before, std::string_view reason) {
    return Json{{"old", seconds_json(before)}, {"refused", reason}}.dump(
        -1, ' ', false, Json::error_handler_t::replace);
}

} // namespace holdfast::control
