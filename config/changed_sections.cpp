#include "config/changed_sections.hpp"

#include <map>
#include <vector>

namespace holdfast::config {

namespace {

std::map<std::string, std::map<std::string, std::string>>
entries_by_title(const std::vector<Section>& sections) {
    std::map<std::string, std::map<std::string, std::string>> titles;
    for (const auto& section : sections) {
        auto& entries =
            titles[section.name.empty() ? section.kind : section.kind + " " + section.name];
        for (const auto& entry : section.entries) {
            entries[entry.key] = entry.value;
        }
    }
    return titles;
}

} // namespace

std::set<std::string> changed_sections(const Settings& before, const Settings& after) {
    const auto old_titles = entries_by_title(before.sections);
    const auto new_titles = entries_by_title(after.sections);
    std::set<std::string> changed;
    for (const auto& [title, entries] : old_titles) {
        const auto now = new_titles.find(title);
        if (now == new_titles.end() || now->second != entries) {
            changed.insert(title);
        }
    }
    for (const auto& [title, entries] : new_titles) {
        if (!old_titles.contains(title)) {
            changed.insert(title);
        }
    }
    return changed;
}

} // namespace holdfast::config
