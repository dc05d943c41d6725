#pragma once

#include "core/range_set.hpp"
#include "edge/spool/sqlite.hpp"

namespace holdfast::spool {

/// What has no receipt, in memory and in the table `pending`.
///
/// In the table the range that reaches the last Seq has no end, and there is such a row also when
/// nothing is pending: appending writes nothing here, and a receipt writes the rows it changed.
class PendingRanges {
public:
    /// Loads the table; `last` is the last Seq given.
    PendingRanges(const Database& database, Seq last);

    const RangeSet& ranges() const noexcept { return ranges_; }
    bool changed() const noexcept { return !changed_.empty(); }

    void prove(const RangeSet& proved);
    /// Writes the changed rows, inside a transaction; `last` as before what it appends.
    void save(Seq last);
    /// To be called when that transaction was committed.
    void saved() noexcept { changed_.clear(); }
    /// Makes pending again what prove() took, when that could not be saved.
    void put_back(const RangeSet& taken) { ranges_.insert(taken); }
    void append(SeqRange range) { ranges_.insert(range); }

private:
    void save_rows(SeqRange keys, Seq last);

    RangeSet ranges_;
    RangeSet changed_; ///< keys whose rows, there or not, differ from the table
    Statement put_;
    Statement remove_;
};

} // namespace holdfast::spool
