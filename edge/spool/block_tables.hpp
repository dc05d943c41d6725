#pragma once

#include "core/range_set.hpp"
#include "edge/spool/block.hpp"
#include "edge/spool/boot_clocks.hpp"
#include "edge/spool/series_table.hpp"
#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace holdfast::spool {

/// A row of a table of blocks, without its content.
struct BlockHead {
    Seq first; ///< its key
    BootClocks::Id boot;
    unsigned level; ///< how often it was thinned
    bool priority;
    std::uint64_t bytes;
};

/// The stored items, in blocks: what goes up under its Seq (table `up_block`), and what is history
/// from the start (table `local_block`).
class BlockTables {
public:
    explicit BlockTables(const Database& database);

    /// The Seq of the newest item, 0 when there is none.
    Seq last() const;

    struct Written {
        Seq next = 0;      ///< the number after the last given
        RangeSet priority; ///< those of priority series
    };

    /// Inside a transaction: stores those of the items that go up, numbered from `first` on.
    Written write_up(std::span<const Item> items, Seq first, BootClocks::Id boot,
                     const SeriesTable& series);
    /// Inside a transaction: stores messages that go up before all others.
    Written write_priority(std::span<const Message> messages, Seq first, BootClocks::Id boot);
    /// Inside a transaction: stores the others.
    void write_local(std::span<const Item> items, BootClocks::Id boot);

    /// Inside a transaction: stores rows whose places are numbers of the spool, in sparse blocks;
    /// `like` says boot, level and priority. Answers how many bytes they take.
    std::uint64_t write_thinned(std::span<const BlockItem> rows, const BlockHead& like) const;
    /// Inside a transaction.
    void remove_up(const BlockHead& block) const;
    void remove_local(const BlockHead& block) const;

    /// Bytes of thinned blocks without priority, by level.
    std::vector<std::uint64_t> thinned_bytes() const;

    /// As Spool::visit().
    void visit(SeqRange range, const BootClocks& clocks, std::size_t max_rows,
               std::size_t max_bytes, const std::function<void(Entry)>& each) const;
    /// The numbers from `from` on that belong to priority series; costs their blocks.
    RangeSet priority_from(Seq from) const;

private:
    class UpWriter;

    void count_thinned(unsigned level, std::int64_t bytes) const;

    const Database& database_;
    Statement insert_up_;
    Statement insert_local_;
    Statement select_up_;
    Statement insert_thinned_;
    Statement remove_up_;
    Statement remove_local_;
    Statement count_thinned_;
};

} // namespace holdfast::spool
