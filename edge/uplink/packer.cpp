#include "edge/uplink/packer.hpp"

#include <fmt/format.h>

#include <iterator>
#include <map>

namespace holdfast::uplink {

namespace {

/// Seconds with milliseconds, without trailing zeros: RFC 8428 §4.3 takes any JSON number.
std::string seconds_text(std::chrono::microseconds time) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    const char* const sign = ms < 0 ? "-" : "";
    auto text = fmt::format("{}{}.{:03}", sign, std::abs(ms / 1000), std::abs(ms % 1000));
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
        text.pop_back();
    }
    return text;
}

/// What a thinned reading stands for; RFC 8428 §4.4 has receivers pass over labels they do not
/// know.
std::string spread_text(const std::optional<Spread>& spread) {
    return spread ? fmt::format(R"("count":{},"min":{},"max":{},"span":{},)", spread->count,
                                spread->least, spread->greatest, seconds_text(spread->span))
                  : std::string();
}

/// docs/history.md
std::string guess_text(const std::optional<Row::Guess>& guess) {
    if (!guess) {
        return {};
    }
    const auto state = guess->uncertainty ? fmt::format(R"("clock":"estimated","uncertainty":{},)",
                                                        seconds_text(*guess->uncertainty))
                                          : std::string(R"("clock":"unset",)");
    return fmt::format(R"({}"boot":{},"uptime":{},)", state, guess->boot,
                       seconds_text(guess->since_boot));
}

/// A SenML pack that grows by a record at a time. Names and units hold no character that JSON would
/// have to escape: the settings refuse the others.
class SenmlPack {
public:
    SenmlPack(const PackOptions& options, const Series& series)
        : series_(series) {
        const auto slash = series.topic.rfind('/');
        const auto parent =
            slash == std::string::npos ? std::string() : series.topic.substr(0, slash + 1);
        name_ = series.topic.substr(parent.size());
        base_ = fmt::format(R"("bn":"{}/{}","epoch":"{}")", options.site, parent, options.epoch);
        if (!series.unit.empty()) {
            base_ +=
                fmt::format(R"(,"{}":"{}")", options.one_reading_each ? "u" : "bu", series.unit);
        }
    }

    const Series& series() const noexcept { return series_; }
    std::size_t size() const noexcept { return payload_.size() + 2; }

    std::string record(const Row& row, const Row::Measured& measured) const {
        const auto head = payload_.empty()
                              ? fmt::format(R"({},"bt":{},)", base_, seconds_text(row.at))
                              : std::string();
        const auto since_base = row.at - (payload_.empty() ? row.at : base_time_);
        const auto time = since_base == WallTime::zero()
                              ? std::string()
                              : fmt::format(R"("t":{},)", seconds_text(since_base));
        return fmt::format(R"({}{{{}"n":"{}",{}"v":{},{}{}"seq":{}}})", payload_.empty() ? "" : ",",
                           head, name_, time, measured.value, spread_text(measured.spread),
                           guess_text(row.guess), row.seq);
    }

    void add(const Row& row, const std::string& record) {
        if (payload_.empty()) {
            base_time_ = row.at;
        }
        payload_ += record;
        rows_.insert(row.covers);
    }

    Batch finish() {
        return {.topic = series_.topic,
                .payload = "[" + std::move(payload_) + "]",
                .rows = std::move(rows_),
                .unique = true};
    }

private:
    Series series_;
    std::string name_;
    std::string base_;
    WallTime base_time_{};
    std::string payload_;
    RangeSet rows_;
};

class Packer {
public:
    explicit Packer(const PackOptions& options)
        : options_(options) {}

    void add(const Row& row, const Row::Measured& measured) {
        if (measured.series.format == Format::scalar) {
            alone(row, measured.series.topic, fmt::format("{}", measured.value), false);
            return;
        }
        auto open = open_.find(measured.series.topic);
        if (open != open_.end() && !fits(open->second, row, measured)) {
            done_.push_back(open->second.finish());
            open_.erase(open);
            open = open_.end();
        }
        if (open == open_.end()) {
            open = open_.emplace(measured.series.topic, SenmlPack(options_, measured.series)).first;
        }
        open->second.add(row, open->second.record(row, measured));
    }

    void add(const Row& row, const Message& message) {
        alone(row, message.topic, message.payload, message.retain);
    }

    std::vector<Batch> finish() {
        for (auto& [topic, open] : open_) {
            done_.push_back(open.finish());
        }
        return std::move(done_);
    }

private:
    bool fits(const SenmlPack& open, const Row& row, const Row::Measured& measured) const {
        return !options_.one_reading_each && open.series() == measured.series &&
               options_.site.size() + 1 + measured.series.topic.size() + open.size() +
                       open.record(row, measured).size() <=
                   options_.best_bytes;
    }

    void alone(const Row& row, std::string topic, std::string payload, bool retain) {
        Batch batch{
            .topic = std::move(topic), .payload = std::move(payload), .retain = retain, .rows = {}};
        batch.rows.insert(row.covers);
        done_.push_back(std::move(batch));
    }

    const PackOptions& options_;
    std::map<std::string, SenmlPack, std::less<>> open_;
    std::vector<Batch> done_;
};

} // namespace

std::vector<Batch> pack(std::span<const Row> rows, const PackOptions& options) {
    Packer packer(options);
    for (const auto& row : rows) {
        std::visit([&](const auto& content) { packer.add(row, content); }, row.content);
    }
    return packer.finish();
}

} // namespace holdfast::uplink
