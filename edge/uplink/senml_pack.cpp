#include "edge/uplink/senml_pack.hpp"

#include "edge/uplink/packer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

namespace holdfast::uplink {

namespace {

using std::chrono::milliseconds;

template <typename... Values>
void put(std::string& out, fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Values>(values)...);
}

milliseconds in_milliseconds(WallTime time) {
    return std::chrono::floor<milliseconds>(time);
}

/// `"NAME":SECONDS,` without trailing zeros: RFC 8428 §4.3 takes any JSON number.
void put_seconds(std::string& out, std::string_view name, milliseconds time) {
    const auto ms = time.count();
    put(out, R"("{}":{}{})", name, ms < 0 ? "-" : "", std::abs(ms / 1000));
    if (const auto rest = std::abs(ms % 1000); rest != 0) {
        put(out, ".{:03}", rest);
        out.erase(out.find_last_not_of('0') + 1);
    }
    out += ',';
}

/// RFC 8428 §4.4 has receivers pass over labels they do not know.
void put_spread(std::string& out, const Spread& spread) {
    put(out, R"("count":{},"min":{},"max":{},)", spread.count, spread.least, spread.greatest);
    put_seconds(out, "span", in_milliseconds(spread.span));
}

void put_guess(std::string& out, const Row::Guess& guess) {
    if (guess.uncertainty) {
        out += R"("clock":"estimated",)";
        put_seconds(out, "uncertainty", in_milliseconds(*guess.uncertainty));
    } else {
        out += R"("clock":"unset",)";
    }
    put(out, R"("boot":{},)", guess.boot);
    put_seconds(out, "uptime", in_milliseconds(guess.since_boot));
}

/// When the boot began that a guess counts from; no two rows of a boot disagree on it.
std::optional<std::tuple<std::int64_t, WallTime, std::optional<WallTime>>>
clock_of(const Row& row) {
    if (!row.guess) {
        return std::nullopt;
    }
    return std::tuple(row.guess->boot, row.at - row.guess->since_boot, row.guess->uncertainty);
}

/// The end of every record; the value comes last, so that all before it can be left out.
void put_measured(std::string& out, const SenmlRecord& record) {
    const auto& measured = record.measured.get();
    if (measured.spread) {
        put_spread(out, *measured.spread);
    }
    put(out, R"("v":{}}})", measured.value);
}

} // namespace

Seq usual_step(const std::vector<SenmlRecord>& records) {
    // Boyer and Moore's vote: one pass, and right wherever most records agree.
    Seq step = 1;
    int votes = 0;
    for (std::size_t i = 1; i < records.size(); ++i) {
        const auto difference = records[i].row.get().seq - records[i - 1].row.get().seq;
        if (votes == 0) {
            step = difference;
        }
        votes += difference == step ? 1 : -1;
    }
    return step;
}

SenmlPack::SenmlPack(const PackOptions& options, const SenmlRecord& first, Seq step)
    : series_(first.measured.get().series)
    , base_time_(in_milliseconds(first.row.get().at))
    , first_(first.row)
    , step_(step)
    , last_(first.row.get().seq) {
    const auto& series = series_.get();
    const auto topic_bytes = options.site.size() + 1 + series.topic.size();
    best_bytes_ = options.best_bytes - std::min(options.best_bytes, topic_bytes);
    // Names and units hold no character that JSON would have to escape: the settings refuse them.
    put(payload_, R"([{{"bn":"{}/{}","epoch":"{}",)", options.site, series.topic, options.epoch);
    if (!series.unit.empty()) {
        put(payload_, R"("bu":"{}",)", series.unit);
    }
    put_seconds(payload_, "bt", base_time_);
    put(payload_, R"("seq":{},)", last_);
    if (step != 1) {
        put(payload_, R"("step":{},)", step);
    }
    if (const auto& guess = first.row.get().guess) {
        put_guess(payload_, *guess);
    }
    put_measured(payload_, first);
    rows_.insert(first.row.get().covers);
}

bool SenmlPack::add(const SenmlRecord& record) {
    const auto& row = record.row.get();
    if (!(series_.get() == record.measured.get().series.get()) ||
        clock_of(row) != clock_of(first_)) {
        return false;
    }
    const auto size = payload_.size();
    payload_ += ",{";
    if (const auto since_base = in_milliseconds(row.at) - base_time_; since_base.count() != 0) {
        put_seconds(payload_, "t", since_base);
    }
    if (row.seq != last_ + step_) {
        put(payload_, R"("seq":{},)", row.seq);
    }
    put_measured(payload_, record);
    if (payload_.size() + 1 > best_bytes_) {
        payload_.resize(size);
        return false;
    }
    last_ = row.seq;
    rows_.insert(row.covers);
    return true;
}

Batch SenmlPack::finish() {
    return {.topic = series_.get().topic,
            .payload = std::move(payload_) + "]",
            .rows = std::move(rows_),
            .unique = true};
}

} // namespace holdfast::uplink
