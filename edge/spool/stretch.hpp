#pragma once

#include "core/range_set.hpp"
#include "edge/spool/block_tables.hpp"
#include "edge/spool/sqlite.hpp"

#include <optional>
#include <vector>

namespace holdfast::spool {

/// Pending blocks that follow each other, of one boot, to be thinned or given up together.
struct Stretch {
    std::vector<BlockHead> blocks;
    std::vector<BlockItem> rows; ///< the pending ones; places are numbers of the spool

    SeqRange range() const { return {rows.front().places.first, rows.back().places.last}; }
    std::uint64_t bytes() const noexcept;
};

/// Which blocks a stretch is made of.
struct StretchFilter {
    std::optional<unsigned> level; ///< any without
    bool priority = false;
};

/// Finds stretches in the table `up_block`.
class StretchFinder {
public:
    explicit StretchFinder(const Database& database);

    /// Where looking begins: at the oldest pending block, or at the oldest of the level asked for.
    /// Nothing when there is none.
    std::optional<Seq> begin_of(const StretchFilter& filter, const RangeSet& pending) const;
    /// The first stretch at or behind `from` whose blocks hold something of `pending` and nothing
    /// of `busy`: at most about 4000 rows. Nothing when there is none near. The newest block, which
    /// remembers the last number, is left out.
    std::optional<Stretch> find(Seq from, const StretchFilter& filter, const RangeSet& pending,
                                const RangeSet& busy) const;

private:
    std::string where_;
    Statement blocks_;
    Statement block_of_;
    Statement first_of_level_;
    Statement last_thinned_;
};

} // namespace holdfast::spool
