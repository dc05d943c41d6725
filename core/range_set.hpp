#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

namespace holdfast {

/// The place of a reading or message in the spool: 1, 2, 3, … within an epoch.
using Seq = std::uint64_t;

/// Both ends belong to the range.
struct SeqRange {
    Seq first;
    Seq last;

    Seq size() const noexcept { return last - first + 1; }
    bool operator==(const SeqRange&) const noexcept = default;
};

/// A set of sequence numbers, kept as ranges.
///
/// - ranges are ordered and neither overlap nor touch
/// - every operation costs O(log n) plus the ranges it touches, n being the number of ranges
class RangeSet {
public:
    RangeSet() = default;

    void insert(SeqRange range);
    void erase(SeqRange range);
    void insert(const RangeSet& other);
    void erase(const RangeSet& other);
    void clear() noexcept;

    bool contains(Seq seq) const noexcept;
    bool empty() const noexcept { return ranges_.empty(); }
    /// How many numbers the set holds.
    std::uint64_t size() const noexcept { return size_; }
    std::size_t range_count() const noexcept { return ranges_.size(); }

    /// The whole range that `seq` belongs to.
    std::optional<SeqRange> containing(Seq seq) const noexcept;
    /// The first range that has anything in [from, to], cut to those bounds.
    std::optional<SeqRange> first_within(Seq from, Seq to) const noexcept;
    /// How many numbers of the set lie in [from, to]; O(log n + ranges inside).
    std::uint64_t count_within(Seq from, Seq to) const noexcept;
    /// What the set and [range.first, range.last] have in common.
    RangeSet within(SeqRange range) const;
    std::optional<Seq> front() const noexcept;
    std::optional<Seq> back() const noexcept;

    std::vector<SeqRange> ranges() const;
    bool operator==(const RangeSet&) const noexcept = default;

private:
    std::map<Seq, Seq> ranges_; // first → last
    std::uint64_t size_ = 0;
};

} // namespace holdfast
