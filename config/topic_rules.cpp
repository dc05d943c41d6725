#include "config/topic_rules.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace holdfast::config {

namespace {

// Locally `holdfast/…` is ours; at the cloud the others stand below `<site>/`.
constexpr std::array<std::string_view, 8> reserved_levels{"holdfast", "status", "link",   "gaps",
                                                          "down",     "sync",   "alerts", "clock"};
constexpr std::size_t longest_site_name = 64;
constexpr std::size_t longest_unit = 16;

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool all_of(std::string_view text, std::string_view also) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return is_alphanumeric(c) || also.find(c) != std::string_view::npos;
    });
}

void check_renders(std::string_view topic) {
    const auto bad = std::find_if(topic.begin(), topic.end(), [](unsigned char c) {
        return c <= ' ' || c == 0x7f || c == '"';
    });
    if (bad != topic.end()) {
        throw Error(fmt::format("{} holds a blank, a quote or a control character, which the "
                                "bridge's topic lines in mosquitto.conf cannot bear",
                                quoted(topic)));
    }
}

void check_first_level(std::string_view topic) {
    const auto level = split(topic, '/').front();
    if (std::find(reserved_levels.begin(), reserved_levels.end(), level) != reserved_levels.end()) {
        throw Error(fmt::format("{} starts with '{}', which Holdfast uses itself (as it does: {})",
                                quoted(topic), level, fmt::join(reserved_levels, ", ")));
    }
    if (!level.empty() && level.front() == '$') {
        throw Error(fmt::format("{} starts with '$', which belongs to the broker", quoted(topic)));
    }
}

} // namespace

std::optional<std::string_view> site_name_fault(std::string_view name) {
    if (name.empty() || name.size() > longest_site_name || !is_alphanumeric(name.front()) ||
        !all_of(name, "-_.")) {
        return "a site name is 1 to 64 letters, digits, '-', '_' or '.', starting with a letter or "
               "digit";
    }
    return std::nullopt;
}

std::optional<std::string_view> senml_name_fault(std::string_view topic) {
    if (!all_of(topic, "-:./_")) {
        return "with format = senml a topic holds only letters, digits and - : . / _";
    }
    return std::nullopt;
}

std::optional<std::string_view> unit_fault(std::string_view unit) {
    if (unit.size() > longest_unit || !all_of(unit, "%/-_.:*^[]() ")) {
        return "a unit is at most 16 letters, digits and %/-_.:*^[]() (see the SenML units "
               "registry: Cel, %RH, Pa, lx, V, …)";
    }
    return std::nullopt;
}

TopicName up_topic_name(const std::string& text) {
    TopicName topic(text);
    check_renders(topic.str());
    check_first_level(topic.str());
    return topic;
}

TopicFilter capture_filter(const std::string& text) {
    TopicFilter filter(text);
    check_renders(filter.str());
    check_first_level(filter.str());
    const auto level = split(filter.str(), '/').front();
    if (level == "+" || level == "#") {
        throw Error(fmt::format("{} starts with a wildcard and would capture Holdfast's own "
                                "topics: name the first level",
                                quoted(text)));
    }
    return filter;
}

} // namespace holdfast::config
