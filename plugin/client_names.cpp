#include "plugin/client_names.hpp"

namespace holdfast {

namespace {

/// What the placeholder at the front stands for; nothing where there is none, or none that fits.
struct Placeholder {
    bool present = false;
    std::optional<std::string_view> name;
};

Placeholder placeholder_at(std::string_view text, const ClientNames& names) noexcept {
    const auto fitting = [](std::optional<std::string_view> name) {
        return name && ClientNames::fits_a_level(*name) ? name : std::nullopt;
    };
    if (text.starts_with("%u")) {
        return {true, fitting(names.user)};
    }
    if (text.starts_with("%c")) {
        return {true, fitting(names.client)};
    }
    return {false, std::nullopt};
}

} // namespace

bool ClientNames::fits_a_level(std::string_view name) noexcept {
    return name.find_first_of("+#/") == std::string_view::npos && !name.starts_with('$');
}

bool ClientNames::has_placeholder(std::string_view level) noexcept {
    return level.find("%u") != std::string_view::npos || level.find("%c") != std::string_view::npos;
}

bool ClientNames::make(std::string_view rule_level, std::string_view level) const noexcept {
    while (!rule_level.empty()) {
        const auto [present, name] = placeholder_at(rule_level, *this);
        if (present) {
            if (!name || !level.starts_with(*name)) {
                return false;
            }
            level.remove_prefix(name->size());
            rule_level.remove_prefix(2);
        } else {
            if (level.empty() || level.front() != rule_level.front()) {
                return false;
            }
            level.remove_prefix(1);
            rule_level.remove_prefix(1);
        }
    }
    return level.empty();
}

std::optional<std::string> ClientNames::fill_in(std::string_view rule_level) const {
    std::string level;
    while (!rule_level.empty()) {
        const auto [present, name] = placeholder_at(rule_level, *this);
        if (!present) {
            level += rule_level.front();
            rule_level.remove_prefix(1);
        } else if (name) {
            level += *name;
            rule_level.remove_prefix(2);
        } else {
            return std::nullopt;
        }
    }
    return level;
}

} // namespace holdfast
