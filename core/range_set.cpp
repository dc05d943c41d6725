#include "core/range_set.hpp"

#include <algorithm>
#include <utility>

namespace holdfast {

void RangeSet::insert(SeqRange range) {
    auto next = ranges_.upper_bound(range.first);
    if (next != ranges_.begin()) {
        const auto before = std::prev(next);
        if (before->second + 1 >= range.first) {
            next = before;
        }
    }
    while (next != ranges_.end() && next->first <= range.last + 1) {
        range.first = std::min(range.first, next->first);
        range.last = std::max(range.last, next->second);
        size_ -= next->second - next->first + 1;
        next = ranges_.erase(next);
    }
    ranges_.emplace_hint(next, range.first, range.last);
    size_ += range.size();
}

void RangeSet::erase(SeqRange range) {
    auto next = ranges_.upper_bound(range.first);
    if (next != ranges_.begin()) {
        const auto before = std::prev(next);
        if (before->second >= range.first) {
            next = before;
        }
    }
    while (next != ranges_.end() && next->first <= range.last) {
        const SeqRange old{next->first, next->second};
        next = ranges_.erase(next);
        size_ -= old.size();
        if (old.first < range.first) {
            ranges_.emplace_hint(next, old.first, range.first - 1);
            size_ += range.first - old.first;
        }
        if (old.last > range.last) {
            next = ranges_.emplace_hint(next, range.last + 1, old.last);
            size_ += old.last - range.last;
            break;
        }
    }
}

void RangeSet::insert(const RangeSet& other) {
    for (const auto& [first, last] : other.ranges_) {
        insert({first, last});
    }
}

void RangeSet::erase(const RangeSet& other) {
    for (const auto& [first, last] : other.ranges_) {
        erase({first, last});
    }
}

void RangeSet::clear() noexcept {
    ranges_.clear();
    size_ = 0;
}

bool RangeSet::contains(Seq seq) const noexcept {
    return count_within(seq, seq) == 1;
}

std::optional<SeqRange> RangeSet::containing(Seq seq) const noexcept {
    const auto next = ranges_.upper_bound(seq);
    if (next == ranges_.begin() || std::prev(next)->second < seq) {
        return std::nullopt;
    }
    return SeqRange{std::prev(next)->first, std::prev(next)->second};
}

std::optional<SeqRange> RangeSet::first_within(Seq from, Seq to) const noexcept {
    auto next = ranges_.upper_bound(from);
    if (next != ranges_.begin() && std::prev(next)->second >= from) {
        --next;
    }
    if (next == ranges_.end() || next->first > to) {
        return std::nullopt;
    }
    return SeqRange{std::max(from, next->first), std::min(to, next->second)};
}

std::uint64_t RangeSet::count_within(Seq from, Seq to) const noexcept {
    std::uint64_t count = 0;
    while (from <= to) {
        const auto range = first_within(from, to);
        if (!range) {
            break;
        }
        count += range->size();
        from = range->last + 1;
    }
    return count;
}

RangeSet RangeSet::within(SeqRange range) const {
    RangeSet common;
    while (range.first <= range.last) {
        const auto hit = first_within(range.first, range.last);
        if (!hit) {
            break;
        }
        common.insert(*hit);
        range.first = hit->last + 1;
    }
    return common;
}

std::optional<Seq> RangeSet::front() const noexcept {
    return empty() ? std::nullopt : std::optional(ranges_.begin()->first);
}

std::optional<Seq> RangeSet::back() const noexcept {
    return empty() ? std::nullopt : std::optional(std::prev(ranges_.end())->second);
}

std::vector<SeqRange> RangeSet::ranges() const {
    std::vector<SeqRange> all;
    all.reserve(ranges_.size());
    for (const auto& [first, last] : ranges_) {
        all.push_back({first, last});
    }
    return all;
}

} // namespace holdfast
