#include "edge/spool/thinning.hpp"

#include "edge/spool/block_bytes.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace holdfast::spool {

namespace {

/// Full precision would cost six bytes a row and say nothing: the values had fewer decimals.
double rounded_mean(double mean, double least, double greatest) noexcept {
    const unsigned form = std::max(as_decimal(least).form, as_decimal(greatest).form);
    if (form > 6) {
        return mean;
    }
    const double power = std::pow(10.0, form + 2);
    const double rounded = std::round(mean * power) / power;
    return std::isfinite(rounded) ? std::clamp(rounded, least, greatest) : mean;
}

/// Rows of one series or topic, on their way to becoming one.
class Group {
public:
    void add(std::size_t index, const BlockItem& item) {
        indices_.push_back(index);
        if (const auto* const row = std::get_if<ReadingRow>(&item.content)) {
            sum_.add(row->value, item.at,
                     row->spread.value_or(Spread{1, row->value, row->value, BootTime(0)}));
        }
    }

    const std::vector<std::size_t>& indices() const noexcept { return indices_; }

    ReadingRow merged(SeriesId series) const {
        return {series, rounded_mean(sum_.mean, sum_.least, sum_.greatest),
                Spread{sum_.count, sum_.least, sum_.greatest, sum_.last - sum_.first}};
    }
    BootTime last() const noexcept { return sum_.last; }

private:
    std::vector<std::size_t> indices_;
    Loss sum_;
};

class Thinner {
public:
    Thinner(std::vector<BlockItem> rows, std::size_t at_once)
        : rows_(std::move(rows))
        , at_once_(at_once)
        , gone_(rows_.size(), false) {}

    Thinned run() {
        for (std::size_t index = 0; index < rows_.size(); ++index) {
            const auto& item = rows_[index];
            const auto* const row = std::get_if<ReadingRow>(&item.content);
            auto& group =
                groups_[row != nullptr ? Source{row->series, {}}
                                       : Source{0, std::get<Message>(item.content).topic}];
            group.add(index, item);
            if (group.indices().size() == at_once_) {
                merge(std::exchange(group, {}));
            }
        }
        for (const auto& [source, group] : groups_) {
            merge(group);
        }
        return finish();
    }

private:
    using Source = std::pair<SeriesId, std::string>;

    void merge(const Group& group) {
        const auto& indices = group.indices();
        if (indices.size() < 2) {
            return;
        }
        for (const auto index : indices) {
            gone_[index] = index != indices.back();
            note(rows_[index], index != indices.back());
        }
        auto& kept = rows_[indices.back()];
        if (const auto* const row = std::get_if<ReadingRow>(&kept.content)) {
            kept.content = group.merged(row->series);
            kept.at = group.last();
        }
    }

    void note(const BlockItem& item, bool gone) {
        if (const auto* const row = std::get_if<ReadingRow>(&item.content)) {
            if (!row->spread) {
                auto& loss = merged_[row->series];
                loss.series = row->series;
                loss.add(row->value, item.at);
            }
        } else if (gone) {
            const auto& topic = std::get<Message>(item.content).topic;
            auto& loss = dropped_[topic];
            loss.topic = topic;
            loss.add(item.at);
        }
    }

    /// What is left takes over the numbers of what is gone before it.
    Thinned finish() {
        Thinned thinned;
        std::optional<Seq> uncovered;
        for (std::size_t index = 0; index < rows_.size(); ++index) {
            uncovered = uncovered.value_or(rows_[index].places.first);
            if (!gone_[index]) {
                rows_[index].places.first = *uncovered;
                uncovered = rows_[index].places.last + 1;
                thinned.rows.push_back(std::move(rows_[index]));
            }
        }
        for (auto& [series, loss] : merged_) {
            thinned.merged.push_back(std::move(loss));
        }
        for (auto& [topic, loss] : dropped_) {
            thinned.dropped.push_back(std::move(loss));
        }
        return thinned;
    }

    std::vector<BlockItem> rows_;
    std::size_t at_once_;
    std::vector<bool> gone_;
    std::map<Source, Group> groups_;
    std::map<SeriesId, Loss> merged_;
    std::map<std::string, Loss> dropped_;
};

} // namespace

// A level with less than a block of rows goes on last: it would free nearly nothing, and the oldest
// rows would be thinned to a single one.
constexpr std::uint64_t worth_thinning = 512;

std::vector<unsigned> levels_to_thin(std::span<const std::uint64_t> bytes) {
    // A row stands for twice as much time at each further level.
    const auto time_covered = [bytes](unsigned level) {
        return std::ldexp(static_cast<double>(bytes[level]), static_cast<int>(level));
    };
    std::vector<unsigned> levels;
    for (unsigned level = 0; level < std::min<std::size_t>(bytes.size(), most_thinned); ++level) {
        if (bytes[level] > 0) {
            levels.push_back(level);
        }
    }
    std::stable_sort(levels.begin(), levels.end(), [&](unsigned a, unsigned b) {
        return std::pair(bytes[a] >= worth_thinning, time_covered(a)) >
               std::pair(bytes[b] >= worth_thinning, time_covered(b));
    });
    return levels;
}

Thinned thin(std::vector<BlockItem> rows, std::size_t at_once) {
    return Thinner(std::move(rows), at_once).run();
}

} // namespace holdfast::spool
