#include "edge/control/order.hpp"

#include "config/quantity.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::control {

namespace {

constexpr std::size_t longest_text = 200;
constexpr std::chrono::hours longest_pulse{24};
constexpr std::string_view pulse_word = "pulse ";

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return out;
}

Order parse_pulse(std::string_view length) {
    const auto time = config::parse_duration(trim(length));
    if (time.count() == 0 || time > longest_pulse) {
        throw Error("a pulse lasts longer than 0 and at most 24h");
    }
    return {Order::Kind::pulse, time};
}

bool is_line(std::string_view text) {
    return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
           });
}

} // namespace

Order parse_order(std::string_view payload, bool takes_text) {
    const auto text = trim(payload);
    if (text.size() > longest_text) {
        throw Error(fmt::format("it has {} bytes, more than {}", text.size(), longest_text));
    }
    const auto word = lower(text);
    // What a device takes as a text of its own, such as the `1` of a sketch with three lamps, is
    // not to become `on`.
    if (word == "on" || (!takes_text && (word == "1" || word == "true"))) {
        return {Order::Kind::on};
    }
    if (word == "off" || (!takes_text && (word == "0" || word == "false"))) {
        return {Order::Kind::off};
    }
    if (word == "toggle") {
        return {Order::Kind::toggle};
    }
    if (word.rfind(pulse_word, 0) == 0) {
        return parse_pulse(text.substr(pulse_word.size()));
    }
    if (!takes_text) {
        throw Error(
            fmt::format("{} is no order: on, off, toggle or 'pulse 2s' is expected", quoted(text)));
    }
    if (text.empty() || !is_line(text)) {
        throw Error(fmt::format("{} is no order: one line of text is expected", quoted(text)));
    }
    return {Order::Kind::text, {}, std::string(text)};
}

} // namespace holdfast::control
