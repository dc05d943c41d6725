#include "edge/spool/store.hpp"

#include "edge/spool/schema.hpp"
#include "edge/spool/spool_file.hpp"
#include "edge/spool/trim.hpp"

#include <fmt/format.h>

#include <cmath>

namespace holdfast::spool {

Spool::Store::Store(const std::filesystem::path& path, const UniqueFd& claim,
                    const Options& options)
    : limit_(options.max_bytes, page_size_bytes)
    , database_(open_database(path, claim, limit_.log_bytes()))
    , epoch_(database_.text("SELECT epoch FROM spool"))
    , blocks_(database_)
    , last_(blocks_.last())
    , series_(database_)
    , clocks_(database_, options.boot_id)
    , pending_(database_, last_)
    , scrub_(path.string())
    , gaps_(database_)
    , upkeep_({database_, blocks_, pending_, gaps_, clocks_, series_}, limit_, options.when_full) {
    if (epoch_.empty()) {
        throw DatabaseDamaged(path.string(), "the epoch is missing", 0);
    }
    if (const auto oldest = pending_.ranges().front()) {
        for (const auto& range : blocks_.priority_from(*oldest).ranges()) {
            urgent_.insert(pending_.ranges().within(range));
        }
    }
    database_.checkpoint_on_close(true);
}

void Spool::Store::check(const Item& item) const {
    const auto* const sample = std::get_if<Sample>(&item);
    if (sample == nullptr) {
        return;
    }
    const auto* const series = series_.find(sample->series);
    if (series == nullptr) {
        throw Error(fmt::format("there is no series {}", sample->series));
    }
    if (!std::isfinite(sample->value)) {
        throw Error(fmt::format("{}: {} is not a finite number", series->name, sample->value));
    }
}

std::optional<SeqRange> Spool::Store::append(std::span<const Item> items) {
    if (items.empty()) {
        return std::nullopt;
    }
    for (const auto& item : items) {
        check(item);
    }
    check_room(items);
    Transaction transaction(database_);
    pending_.save(last_);
    const auto written = blocks_.write_up(items, last_ + 1, clocks_.current(), series_);
    blocks_.write_local(items, clocks_.current());
    transaction.commit();
    upkeep_.appended();
    return appended(written);
}

void Spool::Store::check_room(std::span<const Item> items) {
    if (limit_.max_bytes() == SizeLimit::unlimited) {
        return;
    }
    constexpr std::uint64_t item_bytes =
        32; // more than a reading, or the frame of a message, takes
    std::uint64_t bytes = items.size() * item_bytes;
    for (const auto& item : items) {
        if (const auto* const message = std::get_if<Message>(&item)) {
            bytes += message->topic.size() + message->payload.size();
        }
    }
    if (!limit_.has_room(file_size(database_), bytes)) {
        upkeep_.wants(bytes);
        throw SpoolFull(fmt::format("{}: max_size ({} bytes) is used up by what the cloud has not "
                                    "got yet: bring the link up, or set a larger max_size or "
                                    "another when_full in [spool]",
                                    database_.path(), limit_.max_bytes()));
    }
}

std::size_t Spool::Store::trim(WallTime older_than, std::size_t max_rows) {
    return spool::trim(database_, blocks_, pending_, last_, clocks_, older_than, max_rows);
}

Spool::UpkeepDone Spool::Store::upkeep(WallTime keep_since, const RangeSet& busy) {
    auto step = upkeep_.step(keep_since, busy, last_);
    urgent_.erase(step.dropped);
    return {step.more, std::move(step.dropped)};
}

void Spool::Store::add_gaps(GapKind kind, std::span<const Loss> losses) {
    Transaction transaction(database_);
    gaps_.add(kind, losses, clocks_.clock(clocks_.current()), series_);
    transaction.commit();
}

std::optional<SeqRange> Spool::Store::send_notices() {
    constexpr std::size_t most_at_once = 100;
    if (gaps_.open() == 0 && clocks_.corrections() == 0) {
        return std::nullopt;
    }
    Transaction transaction(database_);
    pending_.save(last_);
    auto messages = clocks_.take_corrections(most_at_once, epoch_);
    for (auto& gap : gaps_.take(most_at_once, epoch_, series_)) {
        messages.push_back(std::move(gap));
    }
    const auto written = blocks_.write_priority(messages, last_ + 1, clocks_.current());
    transaction.commit();
    return appended(written);
}

/// To be called when the transaction that saved pending_ and wrote them was committed.
std::optional<SeqRange> Spool::Store::appended(const BlockTables::Written& written) {
    pending_.saved();
    if (written.next == last_ + 1) {
        return std::nullopt;
    }
    const SeqRange range{last_ + 1, written.next - 1};
    pending_.append(range);
    urgent_.insert(written.priority);
    last_ = range.last;
    return range;
}

void Spool::Store::prove(const RangeSet& proved) {
    pending_.prove(proved);
    urgent_.erase(proved);
}

void Spool::Store::save_receipts() {
    if (pending_.changed()) {
        Transaction transaction(database_);
        pending_.save(last_);
        transaction.commit();
        pending_.saved();
    }
}

Stats Spool::Store::stats() const {
    const auto size = file_size(database_);
    Stats stats;
    stats.pending = pending_.ranges().size();
    stats.file_bytes = size.pages * page_size_bytes + size.log_bytes;
    stats.free_bytes = size.free_pages * page_size_bytes;
    stats.written_bytes = database_.pages_written() * page_size_bytes;
    stats.open_gaps = gaps_.open();
    stats.open_corrections = clocks_.corrections();
    stats.lost = gaps_.totals();
    if (const auto front = pending_.ranges().front()) {
        visit({*front, *front}, 1, 0, [&](const Entry& entry) { stats.oldest_pending = entry.at; });
    }
    return stats;
}

} // namespace holdfast::spool
