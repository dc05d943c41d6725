#include "config/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>

namespace holdfast::config {

namespace {

std::string upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

Section& section_of(std::string_view kind, const std::string& where,
                    std::vector<Section>& sections) {
    const auto found = std::find_if(sections.begin(), sections.end(),
                                    [&](const auto& section) { return section.kind == kind; });
    return found != sections.end()
               ? *found
               : sections.emplace_back(Section{std::string(kind), "", where, {}});
}

} // namespace

Environment process_environment() {
    Environment variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (text.rfind("HOLDFAST_", 0) == 0 && equals != std::string_view::npos) {
            variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return variables;
}

void apply_environment(const Environment& environment, std::vector<Section>& sections,
                       std::span<const std::string_view> kinds) {
    for (const auto& [name, value] : environment) {
        for (const auto kind : kinds) {
            const auto prefix = "HOLDFAST_" + upper(kind) + "_";
            if (name.rfind(prefix, 0) != 0) {
                continue;
            }
            const auto where = "environment variable " + name;
            const auto key = lower(name.substr(prefix.size()));
            auto& entries = section_of(kind, where, sections).entries;
            std::erase_if(entries, [&](const auto& entry) { return entry.key == key; });
            entries.push_back({key, value, where});
        }
    }
}

} // namespace holdfast::config
