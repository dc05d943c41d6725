#include "edge/spool/spool.hpp"

#include "core/unique_fd.hpp"
#include "edge/spool/block_tables.hpp"
#include "edge/spool/boot_clocks.hpp"
#include "edge/spool/pending_ranges.hpp"
#include "edge/spool/schema.hpp"
#include "edge/spool/scrub.hpp"
#include "edge/spool/series_table.hpp"
#include "edge/spool/spool_file.hpp"
#include "edge/spool/sqlite.hpp"
#include "edge/spool/trim.hpp"

#include <fmt/format.h>

#include <cmath>

namespace holdfast::spool {

class Spool::Store {
public:
    Store(const std::filesystem::path& path, const UniqueFd& claim, const std::string& boot_id)
        : database_(open_database(path, claim))
        , epoch_(database_.text("SELECT epoch FROM spool"))
        , blocks_(database_)
        , last_(blocks_.last())
        , series_(database_)
        , clocks_(database_, boot_id)
        , pending_(database_, last_)
        , scrub_(path.string()) {
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

    /// Keeps the lock until the database is closed.
    void hold(UniqueFd claim, std::optional<Salvage> salvaged) {
        claim_ = std::move(claim);
        salvaged_ = std::move(salvaged);
    }

    std::optional<SeqRange> append(std::span<const Item> items);
    void prove(const RangeSet& proved);
    void save_receipts();
    Stats stats() const;

    std::vector<Entry> read(SeqRange range, std::size_t max_rows, std::size_t max_bytes) const {
        return blocks_.read(range, clocks_, max_rows, max_bytes);
    }
    std::size_t trim(WallTime older_than, std::size_t max_rows) {
        save_receipts(); // or a crash would bring back as pending what is deleted here
        return spool::trim(database_, pending_.ranges(), clocks_, older_than, max_rows);
    }

    SeriesTable& series() noexcept { return series_; }
    BootClocks& clocks() noexcept { return clocks_; }
    const PendingRanges& pending() const noexcept { return pending_; }
    const RangeSet& urgent() const noexcept { return urgent_; }
    bool scrub(std::size_t pages) { return scrub_.step(claim_.get(), pages); }
    const std::optional<Salvage>& salvaged() const noexcept { return salvaged_; }
    Seq last() const noexcept { return last_; }
    const std::string& epoch() const noexcept { return epoch_; }

private:
    void check(const Item& item) const;
    std::optional<SeqRange> appended(const BlockTables::Written& written);

    UniqueFd claim_;
    Database database_;
    std::string epoch_;
    BlockTables blocks_;
    Seq last_;
    SeriesTable series_;
    BootClocks clocks_;
    PendingRanges pending_;
    Scrub scrub_;
    std::optional<Salvage> salvaged_;
    RangeSet urgent_; ///< the pending ones of priority series
};

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
    Transaction transaction(database_);
    pending_.save(last_);
    const auto written = blocks_.write_up(items, last_ + 1, clocks_.current(), series_);
    blocks_.write_local(items, clocks_.current());
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
    std::uint64_t file_bytes = 0;
    for (const auto* const suffix : {"", "-wal"}) {
        std::error_code missing; // there is no log before the first write
        const auto size = std::filesystem::file_size(database_.path() + suffix, missing);
        file_bytes += missing ? 0 : size;
    }
    Stats stats{pending_.ranges().size(), file_bytes, database_.pages_written() * page_size_bytes,
                std::nullopt};
    if (const auto front = pending_.ranges().front()) {
        const auto oldest = read({*front, *front}, 1, 0);
        if (!oldest.empty()) {
            stats.oldest_pending = oldest.front().at;
        }
    }
    return stats;
}

Spool::Spool(const std::filesystem::path& path, const Options& options, const Log& log) {
    auto claim = claim_file(path);
    if (finish_salvage(path)) {
        log.notice("the salvage of a damaged spool was completed", {{"path", path.string()}});
        claim = claim_file(path);
    }
    std::optional<Salvage> salvaged;
    try {
        store_ = std::make_unique<Store>(path, claim, options.boot_id);
    } catch (const DatabaseDamaged& damage) {
        log.error("the spool is damaged: what can be read goes into a new one",
                  {{"reason", damage.what()}});
        salvaged = salvage(path, damage.what());
        claim = claim_file(path);
        store_ = std::make_unique<Store>(path, claim, options.boot_id);
    }
    store_->hold(std::move(claim), std::move(salvaged));
    if (const auto& report = store_->salvaged()) {
        log.error("the spool was damaged and salvaged", {{"moved_to", report->moved_to.string()},
                                                         {"saved", report->saved},
                                                         {"pending", report->pending},
                                                         {"lost_pending", report->lost_pending}});
    }
    log.info("spool opened", {{"path", path.string()},
                              {"epoch", epoch()},
                              {"last", last()},
                              {"pending", pending().size()}});
}

Spool::~Spool() {
    try {
        store_->save_receipts();
    } catch (const Error&) {
        // Lost receipts only cost duplicates, and a destructor has nobody to tell.
    }
}

SeriesId Spool::series(const Series& series) {
    return store_->series().id(series);
}

const Series& Spool::series(SeriesId id) const {
    const auto* const found = store_->series().find(id);
    if (found == nullptr) {
        throw Error(fmt::format("there is no series {}", id));
    }
    return *found;
}

std::optional<SeqRange> Spool::append(std::span<const Item> items) {
    return store_->append(items);
}

void Spool::prove(const RangeSet& proved) {
    store_->prove(proved);
}

void Spool::save_receipts() {
    store_->save_receipts();
}

const RangeSet& Spool::pending() const noexcept {
    return store_->pending().ranges();
}

const RangeSet& Spool::urgent() const noexcept {
    return store_->urgent();
}

Seq Spool::last() const noexcept {
    return store_->last();
}

const std::string& Spool::epoch() const noexcept {
    return store_->epoch();
}

std::vector<Entry> Spool::read(SeqRange range, std::size_t max_rows, std::size_t max_bytes) const {
    return store_->read(range, max_rows, max_bytes);
}

void Spool::set_clock(WallTime offset, bool synchronised) {
    store_->clocks().set({offset, synchronised});
}

std::size_t Spool::trim(WallTime older_than, std::size_t max_rows) {
    return store_->trim(older_than, max_rows);
}

bool Spool::scrub(std::size_t pages) {
    return store_->scrub(pages);
}

const std::optional<Salvage>& Spool::salvaged() const noexcept {
    return store_->salvaged();
}

Stats Spool::stats() const {
    return store_->stats();
}

} // namespace holdfast::spool
