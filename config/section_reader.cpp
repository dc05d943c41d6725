#include "config/section_reader.hpp"

#include "config/quantity.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace holdfast::config {

const Entry* SectionReader::find(std::string_view key) const {
    const auto entry = std::find_if(section_.entries.begin(), section_.entries.end(),
                                    [&](const auto& candidate) { return candidate.key == key; });
    return entry == section_.entries.end() ? nullptr : &*entry;
}

const Entry* SectionReader::take(std::string_view key) {
    known_.emplace(key);
    return find(key);
}

template <typename Parse>
auto SectionReader::parsed(std::string_view key, Parse parse)
    -> std::optional<decltype(parse(std::string_view{}))> {
    const auto* entry = take(key);
    if (entry == nullptr) {
        return std::nullopt;
    }
    return located(key, [&] { return parse(entry->value); });
}

std::optional<std::string> SectionReader::text(std::string_view key) {
    return parsed(key, [](std::string_view value) { return std::string(value); });
}

std::optional<std::chrono::milliseconds> SectionReader::duration(std::string_view key) {
    return parsed(key, parse_duration);
}

std::optional<std::uint64_t> SectionReader::size(std::string_view key) {
    return parsed(key, parse_size);
}

std::optional<double> SectionReader::number(std::string_view key) {
    return parsed(key, parse_number);
}

std::optional<std::int64_t> SectionReader::integer(std::string_view key, std::int64_t least,
                                                   std::int64_t greatest) {
    return parsed(key,
                  [&](std::string_view value) { return parse_integer(value, least, greatest); });
}

std::optional<bool> SectionReader::yes_no(std::string_view key) {
    const auto word = choice(key, {"yes", "no"});
    return word ? std::optional(*word == "yes") : std::nullopt;
}

std::optional<std::string> SectionReader::choice(std::string_view key,
                                                 std::initializer_list<std::string_view> words) {
    return parsed(key, [&](std::string_view value) {
        if (std::find(words.begin(), words.end(), value) == words.end()) {
            throw Error(fmt::format("{} is not one of: {}", quoted(value), fmt::join(words, ", ")));
        }
        return std::string(value);
    });
}

std::string SectionReader::required(std::string_view key) {
    auto value = text(key);
    if (!value) {
        refuse_misspelt(key);
        throw InputError(section_.where, 0,
                         fmt::format("[{}{}{}] needs '{} = …'", section_.kind,
                                     section_.name.empty() ? "" : " ", section_.name, key));
    }
    if (value->empty()) {
        refuse(key, "it is empty");
    }
    return *value;
}

/// A key that is missing may stand there in other letters, and then that is what to say.
void SectionReader::refuse_misspelt(std::string_view key) const {
    for (const auto& entry : untaken()) {
        if (nearest(entry.key, std::array{key})) {
            throw InputError(entry.where, 0,
                             fmt::format("unknown key '{}' in [{}]; did you mean '{}'?", entry.key,
                                         section_.kind, key));
        }
    }
}

const std::string& SectionReader::where(std::string_view key) const {
    const auto* entry = find(key);
    return entry == nullptr ? section_.where : entry->where;
}

void SectionReader::refuse(std::string_view key, std::string_view reason) const {
    throw InputError(where(key), 0, fmt::format("{}: {}", key, reason));
}

std::vector<Entry> SectionReader::untaken() const {
    std::vector<Entry> rest;
    std::copy_if(section_.entries.begin(), section_.entries.end(), std::back_inserter(rest),
                 [&](const auto& entry) { return known_.count(entry.key) == 0; });
    return rest;
}

void SectionReader::finish() const {
    const auto rest = untaken();
    if (rest.empty()) {
        return;
    }
    const std::vector<std::string_view> keys(known_.begin(), known_.end());
    const auto meant = nearest(rest.front().key, keys);
    throw InputError(rest.front().where, 0,
                     fmt::format("unknown key '{}' in [{}]{}", rest.front().key, section_.kind,
                                 meant ? fmt::format("; did you mean '{}'?", *meant)
                                       : fmt::format("; it knows: {}", fmt::join(keys, ", "))));
}

} // namespace holdfast::config
