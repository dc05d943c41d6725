#pragma once

#include "edge/spool/history.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::history {

enum class TextFormat { csv, json, senml };

/// `csv`, `json` or `senml`; nothing for any other word.
std::optional<TextFormat> text_format(std::string_view word);

/// A time as RFC 3339 says it, in UTC with milliseconds: `2026-11-21T08:00:00.000Z`.
std::string rfc3339(WallTime time);

/// Writes history as text, a value at a time:
///
/// - CSV with a header line: `time,value,unit,synchronised`, for buckets
///   `time,mean,min,max,count,synchronised`
/// - JSON: an array of objects with the same names
/// - SenML (RFC 8428): a pack; of a bucket three records: NAME (the mean), NAME/min and NAME/max
///
/// `synchronised` says whether the clock was set. In SenML, which has no word for that, a time that
/// is a guess is left out.
class TextWriter {
public:
    using Out = std::function<void(std::string_view)>;

    /// `site` is the base name of SenML.
    TextWriter(TextFormat format, std::string site, std::string series, Out out);

    void add(const spool::HistoryPoint& point, const Series& series);
    void add(const spool::HistoryBucket& bucket);
    /// Ends the text; without a value it is still whole.
    void finish();

private:
    void record(std::string_view suffix, WallTime at, bool synchronised, double value,
                const std::string& unit);
    void separate(std::string_view header);

    TextFormat format_;
    std::string site_;
    std::string series_;
    Out out_;
    std::uint64_t written_ = 0;
};

} // namespace holdfast::history
