#include "edge/control/message_template.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::control {

namespace {

constexpr std::string_view open = "${";
constexpr std::string_view raised_word = "raised(";

std::string checked_name(std::string_view text) {
    const auto name = trim(text);
    if (name.empty() || name.find_first_of("${}(),") != std::string_view::npos) {
        throw Error(fmt::format("{} is no name: ${{SERIES}} or ${{raised(ALARM, …)}} is expected",
                                quoted(name)));
    }
    return std::string(name);
}

} // namespace

MessageTemplate::Part MessageTemplate::place(std::string_view inside) {
    inside = trim(inside);
    if (inside.rfind(raised_word, 0) != 0) {
        return {Part::Kind::series, checked_name(inside)};
    }
    if (inside.back() != ')') {
        throw Error("'raised(' does not end in ')'");
    }
    Part part{Part::Kind::raised};
    const auto names = inside.substr(raised_word.size(), inside.size() - raised_word.size() - 1);
    for (const auto name : split(names, ',')) {
        part.alarms.push_back(checked_name(name));
    }
    return part;
}

MessageTemplate MessageTemplate::parse(std::string_view text) {
    MessageTemplate result;
    while (!text.empty()) {
        const auto start = std::min(text.find(open), text.size());
        if (start > 0) {
            result.parts_.push_back({Part::Kind::text, std::string(text.substr(0, start))});
        }
        text.remove_prefix(start);
        if (text.empty()) {
            break;
        }
        const auto end = text.find('}');
        if (end == std::string_view::npos) {
            throw Error(fmt::format("{} has no '}}'", quoted(text)));
        }
        auto part = place(text.substr(open.size(), end - open.size()));
        if (part.kind == Part::Kind::series) {
            result.series_.insert(part.text);
        }
        result.alarms_.insert(part.alarms.begin(), part.alarms.end());
        result.parts_.push_back(std::move(part));
        text.remove_prefix(end + 1);
    }
    if (result.series_.empty()) {
        throw Error("it names no sensor: ${SERIES} is expected somewhere");
    }
    return result;
}

std::optional<std::string> MessageTemplate::render(const Values& values) const {
    std::string text;
    for (const auto& part : parts_) {
        switch (part.kind) {
        case Part::Kind::text:
            text += part.text;
            break;
        case Part::Kind::series: {
            const auto value = values.reading(part.text);
            if (!value) {
                return std::nullopt;
            }
            text += fmt::format("{}", *value);
            break;
        }
        case Part::Kind::raised:
            text += fmt::format(
                "{}", std::count_if(part.alarms.begin(), part.alarms.end(), values.raised));
            break;
        }
    }
    return text;
}

} // namespace holdfast::control
