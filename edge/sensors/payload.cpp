#include "edge/sensors/payload.hpp"

#include "config/section_reader.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace holdfast::sensors {

namespace {

ParsedLine fault(std::string reason) {
    return {std::nullopt, std::move(reason)};
}

ParsedLine number_of(const nlohmann::json& value) {
    if (value.is_boolean()) {
        return {value.get<bool>() ? 1.0 : 0.0};
    }
    if (value.is_string()) {
        return parse_line(value.get_ref<const std::string&>(), {});
    }
    if (!value.is_number()) {
        return fault(fmt::format("it is of type {}, and a number is meant", value.type_name()));
    }
    const auto number = value.get<double>();
    return std::isfinite(number) ? ParsedLine{number} : fault("it is not a finite number");
}

ParsedLine member_of(std::string_view payload, const std::vector<std::string>& path) {
    const auto json = nlohmann::json::parse(payload, nullptr, false);
    if (json.is_discarded()) {
        return fault("it is not JSON");
    }
    const auto* value = &json;
    for (const auto& name : path) {
        const auto member = value->is_object() ? value->find(name) : value->end();
        if (member == value->end()) {
            return fault(fmt::format("it has no member '{}'", fmt::join(path, ".")));
        }
        value = &*member;
    }
    auto parsed = number_of(*value);
    if (!parsed.value) {
        parsed.fault = fmt::format("member '{}': {}", fmt::join(path, "."), parsed.fault);
    }
    return parsed;
}

} // namespace

PayloadFormat read_payload_format(config::SectionReader& keys) {
    PayloadFormat format;
    const auto member = keys.text("member");
    format.line = read_line_format(keys);
    if (!member) {
        return format;
    }
    if (format.line.field || !format.line.key.empty()) {
        keys.refuse("member", "either it or 'field' or 'key' says which number is meant");
    }
    for (const auto level : split(*member, '.')) {
        if (level.empty()) {
            keys.refuse("member", "the name of a JSON member is expected, or names with dots "
                                  "between them, as in air.CO2");
        }
        format.member.emplace_back(level);
    }
    return format;
}

ParsedLine parse_payload(std::string_view payload, const PayloadFormat& format) {
    if (payload.size() > max_payload_bytes) {
        return fault(
            fmt::format("it has {} bytes, more than {}", payload.size(), max_payload_bytes));
    }
    return format.member.empty() ? parse_line(payload, format.line)
                                 : member_of(payload, format.member);
}

} // namespace holdfast::sensors
