#include "edge/history/answer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace holdfast::history {

namespace {

using Json = nlohmann::ordered_json;

std::string json_text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json head(const std::string& id) {
    return id.empty() ? Json::object() : Json{{"id", id}};
}

/// CSV is a text in JSON; the other formats are JSON already.
std::string with_values(const Json& head, TextFormat format, std::string values) {
    auto text = json_text(head);
    text.pop_back();
    while (!values.empty() && values.back() == '\n' && format != TextFormat::csv) {
        values.pop_back();
    }
    return fmt::format("{},\"values\":{}}}", text,
                       format == TextFormat::csv ? json_text(values) : values);
}

} // namespace

std::string refusal(const std::string& id, std::string_view reason) {
    auto json = head(id);
    json["error"] = reason;
    return json_text(json);
}

std::string answer(const spool::History& history, const Request& request, const std::string& id,
                   const std::string& site, const std::function<void()>& interrupted) {
    auto json = head(id);
    if (request.series.empty()) {
        json["series"] = history.series();
        return json_text(json);
    }
    json["series"] = request.series;
    std::string values;
    TextWriter text(request.format, site, request.series,
                    [&](std::string_view part) { values += part; });
    const spool::History::Query query{request.series, request.since, request.until, request.page,
                                      interrupted};
    if (request.points) {
        for (const auto& bucket : history.downsample(query, *request.points)) {
            text.add(bucket);
        }
    } else {
        std::size_t rows = 0;
        const auto next =
            history.read(query, [&](const spool::HistoryPoint& point, const Series& series) {
                if (rows == request.rows || values.size() > largest_page_bytes) {
                    return false;
                }
                ++rows;
                text.add(point, series);
                return true;
            });
        if (next) {
            json["next"] = page_word(*next);
        }
    }
    text.finish();
    return with_values(json, request.format, std::move(values));
}

} // namespace holdfast::history
