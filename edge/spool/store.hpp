#pragma once

#include "core/unique_fd.hpp"
#include "edge/spool/block_tables.hpp"
#include "edge/spool/boot_clocks.hpp"
#include "edge/spool/gap_table.hpp"
#include "edge/spool/pending_ranges.hpp"
#include "edge/spool/scrub.hpp"
#include "edge/spool/series_table.hpp"
#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"
#include "edge/spool/upkeep.hpp"

namespace holdfast::spool {

/// An open spool: its tables, and the transactions that keep them and what memory knows of them
/// alike. What Spool promises of its members holds for these.
class Spool::Store {
public:
    /// `claim` is that of the file (spool_file.hpp).
    Store(const std::filesystem::path& path, const UniqueFd& claim, const Options& options);
    /// Keeps the lock until the database is closed.
    void hold(UniqueFd claim, std::optional<Salvage> salvaged) {
        claim_ = std::move(claim);
        salvaged_ = std::move(salvaged);
    }

    std::optional<SeqRange> append(std::span<const Item> items);
    void prove(const RangeSet& proved);
    void save_receipts();
    Stats stats() const;

    void visit(SeqRange range, std::size_t max_rows, std::size_t max_bytes,
               const std::function<void(Entry)>& each) const {
        blocks_.visit(range, clocks_, max_rows, max_bytes, each);
    }
    std::size_t trim(WallTime older_than, std::size_t max_rows);
    UpkeepDone upkeep(WallTime keep_since, const RangeSet& busy);
    void add_gaps(GapKind kind, std::span<const Loss> losses);
    std::optional<SeqRange> send_notices();

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
    void check_room(std::span<const Item> items);
    std::optional<SeqRange> appended(const BlockTables::Written& written);

    SizeLimit limit_;
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
    GapTable gaps_;
    Upkeep upkeep_;
};

} // namespace holdfast::spool
