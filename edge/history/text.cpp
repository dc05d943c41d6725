#include "edge/history/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ctime>

namespace holdfast::history {

namespace {

std::string json_text(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// In seconds, only where it is known.
std::string uncertainty_text(const spool::HistoryPoint& point) {
    if (point.synchronised || !point.uncertainty) {
        return {};
    }
    return fmt::format(R"(,"uncertainty":{})",
                       static_cast<double>(point.uncertainty->count()) / 1e6);
}

/// RFC 4180: a field with a comma, a quote or a line feed stands between quotes.
std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
        return text;
    }
    std::string field = "\"";
    for (const char c : text) {
        field += c == '"' ? "\"\"" : std::string(1, c);
    }
    return field + "\"";
}

} // namespace

std::optional<TextFormat> text_format(std::string_view word) {
    if (word == "csv") {
        return TextFormat::csv;
    }
    if (word == "json") {
        return TextFormat::json;
    }
    return word == "senml" ? std::optional(TextFormat::senml) : std::nullopt;
}

std::string rfc3339(WallTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time - seconds).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                       fmt::gmtime(static_cast<std::time_t>(seconds.count())), ms);
}

TextWriter::TextWriter(TextFormat format, std::string site, std::string series, Out out)
    : format_(format)
    , site_(std::move(site))
    , series_(std::move(series))
    , out_(std::move(out)) {}

void TextWriter::separate(std::string_view header) {
    if (format_ == TextFormat::csv) {
        out_(written_ == 0 ? fmt::format("{}\n", header) : std::string());
    } else {
        out_(written_ == 0 ? "[" : ",\n");
    }
    ++written_;
}

void TextWriter::record(std::string_view suffix, WallTime at, bool synchronised, double value,
                        const std::string& unit) {
    const auto base = written_ == 0 ? fmt::format(R"("bn":{},)", json_text(site_ + "/")) : "";
    separate({});
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at).count();
    out_(fmt::format(R"({{{}"n":{},{}{}"v":{}}})", base, json_text(series_ + std::string(suffix)),
                     unit.empty() ? "" : fmt::format(R"("u":{},)", json_text(unit)),
                     synchronised ? fmt::format(R"("t":{}.{:03},)", ms / 1000, ms % 1000) : "",
                     value));
}

void TextWriter::add(const spool::HistoryPoint& point, const Series& series) {
    switch (format_) {
    case TextFormat::csv:
        separate("time,value,unit,synchronised");
        out_(fmt::format("{},{},{},{}\n", rfc3339(point.at), point.value, csv_field(series.unit),
                         point.synchronised));
        return;
    case TextFormat::json:
        separate({});
        out_(fmt::format(R"({{"time":"{}","value":{},"unit":{},"synchronised":{}{}}})",
                         rfc3339(point.at), point.value, json_text(series.unit), point.synchronised,
                         uncertainty_text(point)));
        return;
    case TextFormat::senml:
        record("", point.at, point.synchronised, point.value, series.unit);
    }
}

void TextWriter::add(const spool::HistoryBucket& bucket) {
    switch (format_) {
    case TextFormat::csv:
        separate("time,mean,min,max,count,synchronised");
        out_(fmt::format("{},{},{},{},{},{}\n", rfc3339(bucket.at), bucket.mean, bucket.least,
                         bucket.greatest, bucket.count, bucket.synchronised));
        return;
    case TextFormat::json:
        separate({});
        out_(fmt::format(
            R"({{"time":"{}","mean":{},"min":{},"max":{},"count":{},"synchronised":{}}})",
            rfc3339(bucket.at), bucket.mean, bucket.least, bucket.greatest, bucket.count,
            bucket.synchronised));
        return;
    case TextFormat::senml:
        record("", bucket.at, bucket.synchronised, bucket.mean, {});
        record("/min", bucket.at, bucket.synchronised, bucket.least, {});
        record("/max", bucket.at, bucket.synchronised, bucket.greatest, {});
    }
}

void TextWriter::finish() {
    if (format_ != TextFormat::csv) {
        out_(written_ == 0 ? "[]\n" : "]\n");
    }
}

} // namespace holdfast::history
