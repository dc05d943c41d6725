#include "edge/spool/upkeep.hpp"

#include "edge/spool/compaction.hpp"
#include "edge/spool/schema.hpp"
#include "edge/spool/thinning.hpp"
#include "edge/spool/trim.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

namespace holdfast::spool {

namespace {

// One step takes a few milliseconds: ingest waits no longer than that.
constexpr std::size_t rows_a_step = 4000;
constexpr std::uint64_t pages_a_step = 256;
constexpr unsigned appends_between_compactions = 256;
/// Stretches that would gain nothing are stepped over, but not more than these in one step.
constexpr unsigned most_useless = 8;

std::uint64_t pragma(const Database& database, const char* name) {
    const Statement statement(database, fmt::format("PRAGMA {}", name));
    auto row = statement.use();
    return row.next() ? static_cast<std::uint64_t>(row.number(0)) : 0;
}

/// What a stretch holds, source by source, for the record of its loss.
std::vector<Loss> losses_of(const Stretch& stretch) {
    std::map<std::pair<SeriesId, std::string>, Loss> losses;
    for (const auto& item : stretch.rows) {
        if (const auto* const row = std::get_if<ReadingRow>(&item.content)) {
            auto& loss = losses[{row->series, {}}];
            loss.series = row->series;
            loss.add(row->value, item.at,
                     row->spread.value_or(Spread{1, row->value, row->value, BootTime(0)}));
        } else {
            const auto& topic = std::get<Message>(item.content).topic;
            auto& loss = losses[{0, topic}];
            loss.topic = topic;
            loss.add(item.at);
        }
    }
    std::vector<Loss> list;
    for (auto& [source, loss] : losses) {
        list.push_back(std::move(loss));
    }
    return list;
}

} // namespace

FileSize file_size(const Database& database) {
    std::error_code missing; // there is no log before the first write
    const auto log = std::filesystem::file_size(database.path() + "-wal", missing);
    return {pragma(database, "page_count"), pragma(database, "freelist_count"), missing ? 0 : log};
}

Upkeep::Upkeep(SpoolParts parts, const SizeLimit& limit, WhenFull when_full)
    : parts_(parts)
    , limit_(limit)
    , when_full_(when_full)
    , finder_(parts.database) {}

Upkeep::Step Upkeep::step(WallTime keep_since, const RangeSet& busy, Seq last) {
    const auto size = file_size(parts_.database);
    if (const auto pages = limit_.pages_to_give_back(size)) {
        parts_.database.execute(
            fmt::format("PRAGMA incremental_vacuum({})", std::min(pages, pages_a_step)));
        // A file from before this could be done keeps its pages, and uses them again.
        if (pragma(parts_.database, "page_count") < size.pages) {
            return {.more = true};
        }
    }
    if (limit_.pages_to_free(size, wanted_bytes_) > 0) {
        auto made = make_room(busy, last);
        if (made.more) {
            return made;
        }
    }
    const auto trimmed = trim(parts_.database, parts_.blocks, parts_.pending, last, parts_.clocks,
                              keep_since, rows_a_step);
    if (trimmed >= rows_a_step) {
        return {.more = true};
    }
    if (appends_ >= appends_between_compactions || worth_compacting_) {
        appends_ = 0;
        worth_compacting_ = compact(parts_.database) > 0;
    }
    return {.more = worth_compacting_};
}

Upkeep::Step Upkeep::make_room(const RangeSet& busy, Seq last) {
    for (const auto way : remedies(when_full_)) {
        auto step = remedy(way, busy, last);
        if (step.more) {
            return step;
        }
    }
    return {};
}

/// Says `more` when it made room.
Upkeep::Step Upkeep::remedy(Remedy remedy, const RangeSet& busy, Seq last) {
    switch (remedy) {
    case Remedy::delete_history:
        return {.more = trim(parts_.database, parts_.blocks, parts_.pending, last, parts_.clocks,
                             std::nullopt, rows_a_step) > 0};
    case Remedy::thin:
    case Remedy::thin_priority:
        return {.more = thin(remedy == Remedy::thin_priority, busy)};
    case Remedy::drop:
    case Remedy::drop_priority:
        break;
    }
    auto dropped = drop(remedy == Remedy::drop_priority, busy, last);
    const bool any = !dropped.empty();
    return {.more = any, .dropped = std::move(dropped)};
}

std::vector<unsigned> Upkeep::levels(bool priority) const {
    if (priority) {
        std::vector<unsigned> all(most_thinned);
        std::iota(all.begin(), all.end(), 0U);
        return all;
    }
    auto bytes = parts_.blocks.thinned_bytes();
    const auto size = file_size(parts_.database);
    const auto used = (size.pages - size.free_pages) * page_size_bytes;
    const auto thinned = std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0});
    bytes.front() = used > thinned ? used - thinned : 0;
    return levels_to_thin(bytes);
}

bool Upkeep::thin(bool priority, const RangeSet& busy) {
    const auto candidates = levels(priority);
    return std::any_of(candidates.begin(), candidates.end(), [&](unsigned level) {
        return thin_level({level, priority}, busy);
    });
}

bool Upkeep::thin_level(const StretchFilter& filter, const RangeSet& busy) {
    const auto& pending = parts_.pending.ranges();
    const auto begin = finder_.begin_of(filter, pending);
    if (!begin) {
        return false;
    }
    auto& resume = resume_[{filter.priority, *filter.level}];
    for (unsigned useless = 0; useless < most_useless; ++useless) {
        const auto stretch = finder_.find(std::max(*begin, resume), filter, pending, busy);
        if (!stretch) {
            resume =
                0; // what was busy, or had no neighbour, may have changed when it is next asked
            return false;
        }
        if (thin_stretch(*stretch)) {
            return true;
        }
        resume = stretch->blocks.back().first + 1;
    }
    return false;
}

bool Upkeep::thin_stretch(const Stretch& stretch) {
    auto like = stretch.blocks.front();
    auto thinned = spool::thin(stretch.rows, merged_at_once(like.level));
    if (thinned.rows.size() == stretch.rows.size()) {
        return false;
    }
    Transaction transaction(parts_.database);
    for (const auto& block : stretch.blocks) {
        parts_.blocks.remove_up(block);
    }
    ++like.level;
    if (parts_.blocks.write_thinned(thinned.rows, like) >= stretch.bytes()) {
        return false;
    }
    const auto& clock = parts_.clocks.clock(like.boot);
    parts_.gaps.add(GapKind::thinned, thinned.merged, clock, parts_.series);
    parts_.gaps.add(GapKind::dropped, thinned.dropped, clock, parts_.series);
    transaction.commit();
    return true;
}

RangeSet Upkeep::drop(bool priority, const RangeSet& busy, Seq last) {
    const StretchFilter filter{std::nullopt, priority};
    const auto begin = finder_.begin_of(filter, parts_.pending.ranges());
    const auto stretch =
        begin ? finder_.find(*begin, filter, parts_.pending.ranges(), busy) : std::nullopt;
    if (!stretch) {
        return {};
    }
    const auto dropped = parts_.pending.ranges().within(stretch->range());
    Transaction transaction(parts_.database);
    for (const auto& block : stretch->blocks) {
        parts_.blocks.remove_up(block);
    }
    const auto losses = losses_of(*stretch);
    parts_.gaps.add(GapKind::dropped, losses, parts_.clocks.clock(stretch->blocks.front().boot),
                    parts_.series);
    parts_.pending.prove(dropped);
    try {
        parts_.pending.save(last);
        transaction.commit();
    } catch (...) {
        parts_.pending.put_back(dropped);
        throw;
    }
    parts_.pending.saved();
    return dropped;
}

} // namespace holdfast::spool
