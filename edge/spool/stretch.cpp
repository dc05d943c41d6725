#include "edge/spool/stretch.hpp"

#include "edge/spool/thinning.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace holdfast::spool {

namespace {

constexpr std::size_t most_blocks = 64;
constexpr std::size_t most_rows = 4000;
/// Blocks that do not fit are stepped over, but not more than these in one look.
constexpr unsigned most_skipped = 4096;

/// Puts blocks together until one does not fit.
class Collector {
public:
    Collector(const StretchFilter& filter, const RangeSet& pending, const RangeSet& busy)
        : filter_(filter)
        , pending_(pending)
        , busy_(busy) {}

    enum class Verdict { taken, passed, ends };

    Verdict take(const BlockHead& head, std::string_view data, std::string_view where) {
        const bool full =
            stretch_.blocks.size() >= most_blocks || stretch_.rows.size() >= most_rows;
        const auto misfit = stretch_.blocks.empty() ? Verdict::passed : Verdict::ends;
        if (full || !is_asked_for(head)) {
            return misfit;
        }
        const auto items = read_block(data, where);
        if (!is_free(head, items)) {
            return misfit;
        }
        stretch_.blocks.push_back(head);
        for (auto item : items) {
            item.places.first += head.first;
            item.places.last += head.first;
            if (pending_.first_within(item.places.first, item.places.last)) {
                stretch_.rows.push_back(std::move(item));
            }
        }
        return Verdict::taken;
    }

    std::optional<Stretch> finish() {
        return stretch_.blocks.empty() ? std::nullopt : std::optional(std::move(stretch_));
    }

private:
    bool is_asked_for(const BlockHead& head) const {
        return head.level == filter_.level.value_or(head.level) &&
               head.priority == filter_.priority &&
               (stretch_.blocks.empty() || stretch_.blocks.front().boot == head.boot);
    }

    bool is_free(const BlockHead& head, const std::vector<BlockItem>& items) const {
        if (items.empty()) {
            return false;
        }
        const SeqRange range{head.first, head.first + items.back().places.last};
        return pending_.first_within(range.first, range.last) &&
               !busy_.first_within(range.first, range.last);
    }

    const StretchFilter& filter_;
    const RangeSet& pending_;
    const RangeSet& busy_;
    Stretch stretch_;
};

} // namespace

std::uint64_t Stretch::bytes() const noexcept {
    return std::accumulate(blocks.begin(), blocks.end(), std::uint64_t{0},
                           [](auto sum, const auto& block) { return sum + block.bytes; });
}

StretchFinder::StretchFinder(const Database& database)
    : where_(database.path())
    , blocks_(database, "SELECT first, boot, level, priority, data FROM up_block WHERE first >= ? "
                        "AND first < (SELECT max(first) FROM up_block) ORDER BY first")
    , block_of_(database, "SELECT max(first) FROM up_block WHERE first <= ?")
    , first_of_level_(database, "SELECT min(first) FROM up_block WHERE level > 0 AND priority = ? "
                                "AND level = ?")
    , last_thinned_(database, "SELECT max(first) FROM up_block WHERE level > 0 AND priority = ? "
                              "AND level = ?") {}

std::optional<Seq> StretchFinder::begin_of(const StretchFilter& filter,
                                           const RangeSet& pending) const {
    const auto at_level = [&](const Statement& statement, unsigned level) {
        auto row = statement.use();
        row.bind(std::int64_t{filter.priority}).bind(std::int64_t{level});
        return row.next() && !row.is_null(0) ? std::optional(static_cast<Seq>(row.number(0)))
                                             : std::nullopt;
    };
    if (filter.level.value_or(0) > 0) {
        return at_level(first_of_level_, *filter.level);
    }
    const auto oldest = pending.front();
    if (!oldest) {
        return std::nullopt;
    }
    auto row = block_of_.use();
    row.bind(static_cast<std::int64_t>(*oldest));
    Seq begin = row.next() ? static_cast<Seq>(row.number(0)) : 0;
    for (unsigned level = 1; filter.level && level <= most_thinned; ++level) {
        begin = std::max(begin, at_level(last_thinned_, level).value_or(0) + 1);
    }
    return begin;
}

std::optional<Stretch> StretchFinder::find(Seq from, const StretchFilter& filter,
                                           const RangeSet& pending, const RangeSet& busy) const {
    Collector collector(filter, pending, busy);
    auto row = blocks_.use();
    row.bind(static_cast<std::int64_t>(from));
    unsigned skipped = 0;
    while (row.next()) {
        const BlockHead head{static_cast<Seq>(row.number(0)), row.number(1),
                             static_cast<unsigned>(row.number(2)), row.number(3) != 0,
                             row.bytes(4).size()};
        const auto verdict = collector.take(head, row.bytes(4), where_);
        if (verdict == Collector::Verdict::ends ||
            (verdict == Collector::Verdict::passed && ++skipped > most_skipped)) {
            break;
        }
    }
    return collector.finish();
}

} // namespace holdfast::spool
