#include "edge/history/request.hpp"

#include "config/instant.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace holdfast::history {

namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 8> keys{"id",     "series", "since",  "until",
                                               "points", "rows",   "format", "page"};
constexpr std::size_t longest_id = 100;
/// So that arithmetic with a time cannot overflow.
constexpr double most_seconds = 1e11;

Json parse_object(std::string_view text) {
    if (text.size() > longest_request_bytes) {
        throw Error(fmt::format("a request has at most {} bytes", longest_request_bytes));
    }
    auto json = Json::parse(text, nullptr, false);
    if (!json.is_object()) {
        throw Error(R"(a request is a JSON object, as {"series":"room","since":"2h"})");
    }
    return json;
}

void refuse_unknown(const Json& json) {
    for (const auto& [key, value] : json.items()) {
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            const auto meant = nearest(key, keys);
            throw Error(fmt::format("there is no key {}{}", quoted(key),
                                    meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
        }
    }
}

std::string text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end()) {
        return {};
    }
    if (!found->is_string()) {
        throw Error(fmt::format("{}: a text is expected", key));
    }
    return found->get<std::string>();
}

std::optional<WallTime> time_of(const Json& json, const char* key, WallTime now) {
    const auto found = json.find(key);
    if (found == json.end()) {
        return std::nullopt;
    }
    if (found->is_number()) {
        const auto seconds = found->get<double>();
        if (std::abs(seconds) <= most_seconds) {
            return WallTime(std::llround(seconds * 1e6));
        }
    } else if (found->is_string()) {
        try {
            return config::parse_instant(found->get<std::string>(), now);
        } catch (const Error& error) {
            throw Error(fmt::format("{}: {}", key, error.what()));
        }
    }
    throw Error(fmt::format(
        R"({}: "2h" ago, "2026-11-21T08:00:00Z" or seconds since 1970 are expected)", key));
}

std::optional<std::size_t> count_of(const Json& json, const char* key, std::size_t most) {
    const auto found = json.find(key);
    if (found == json.end()) {
        return std::nullopt;
    }
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() == 0 ||
        found->get<std::uint64_t>() > most) {
        throw Error(fmt::format("{}: a whole number from 1 to {} is expected", key, most));
    }
    return found->get<std::size_t>();
}

TextFormat format_of(const Json& json) {
    const auto word = text_of(json, "format");
    const auto format = word.empty() ? TextFormat::json : text_format(word);
    if (!format) {
        throw Error("format: json, csv or senml is expected");
    }
    return *format;
}

template <typename Number>
Number parse_part(std::string_view part, std::string_view word) {
    // Far from overflow, whatever is reckoned with it.
    constexpr auto most = std::int64_t{1} << 60U;
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (fault != std::errc() || end != part.data() + part.size() || number < 0 || number > most) {
        throw Error(fmt::format("page: {} is not what 'next' of an answer said", quoted(word)));
    }
    return static_cast<Number>(number);
}

} // namespace

std::string id_of(std::string_view text) {
    if (text.size() > longest_request_bytes) {
        return {};
    }
    const auto json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("id") || !json["id"].is_string()) {
        return {};
    }
    auto id = json["id"].get<std::string>();
    return id.size() <= longest_id ? id : std::string();
}

Request parse_request(std::string_view text, WallTime now) {
    const auto json = parse_object(text);
    refuse_unknown(json);
    if (text_of(json, "id").size() > longest_id) {
        throw Error(fmt::format("id: at most {} bytes", longest_id));
    }
    Request request;
    request.series = text_of(json, "series");
    request.since = time_of(json, "since", now);
    request.until = time_of(json, "until", now);
    request.points = count_of(json, "points", most_points);
    request.rows = count_of(json, "rows", most_rows).value_or(request.rows);
    request.format = format_of(json);
    if (const auto word = text_of(json, "page"); !word.empty()) {
        request.page = parse_page(word);
    }
    if (request.points && (request.page || json.contains("rows"))) {
        throw Error("points: come in one answer, without 'rows' and 'page'");
    }
    if (request.since && request.until && *request.since >= *request.until) {
        throw Error("until: lies before 'since'");
    }
    return request;
}

std::string page_word(const spool::History::Place& place) {
    return fmt::format("{}-{}-{}-{}", place.boot, place.up ? 1 : 0, place.at.count(), place.before);
}

spool::History::Place parse_page(std::string_view word) {
    const auto parts = split(word, '-');
    if (parts.size() != 4) {
        throw Error(fmt::format("page: {} is not what 'next' of an answer said", quoted(word)));
    }
    return {parse_part<std::int64_t>(parts[0], word), parse_part<std::int64_t>(parts[1], word) != 0,
            BootTime(parse_part<std::int64_t>(parts[2], word)),
            parse_part<std::uint64_t>(parts[3], word)};
}

} // namespace holdfast::history
