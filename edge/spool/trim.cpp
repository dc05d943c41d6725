#include "edge/spool/trim.hpp"

#include "edge/spool/block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace holdfast::spool {

namespace {

/// A block that may be deleted.
struct Candidate {
    BlockHead head;
    BootTime newest;
    std::size_t rows;

    std::pair<BootClocks::Id, BootTime> age() const noexcept { return {head.boot, newest}; }
};

/// Walks over the blocks of one table that are not pending, oldest first.
class History {
public:
    /// Without `pending`, nothing in the table ever is.
    History(const Database& database, const char* table, const char* key, const char* level,
            const RangeSet* pending)
        : pending_(pending)
        , where_(database.path())
        // The newest block is left out: it remembers the last number.
        , select_(database, fmt::format("SELECT {0}, boot, {2}, data FROM {1} WHERE {0} >= ? AND "
                                        "{0} < (SELECT max({0}) FROM {1}) ORDER BY {0} LIMIT 1",
                                        key, table, level)) {}

    const std::optional<Candidate>& oldest() {
        while (!candidate_ && !at_end_) {
            look();
        }
        return candidate_;
    }

    void pass() { candidate_.reset(); }

private:
    void look() {
        auto row = select_.use();
        if (!row.bind(static_cast<std::int64_t>(cursor_)).next()) {
            at_end_ = true;
            return;
        }
        const BlockHead head{static_cast<Seq>(row.number(0)), row.number(1),
                             static_cast<unsigned>(row.number(2)), row.number(3) != 0,
                             row.bytes(4).size()};
        const auto items = read_block(row.bytes(4), where_);
        cursor_ = head.first + 1;
        if (items.empty()) {
            return;
        }
        if (const auto waiting = pending_in({head.first, head.first + items.back().places.last})) {
            cursor_ = waiting->last + 1;
            return;
        }
        const auto newest = std::max_element(
            items.begin(), items.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
        candidate_ = Candidate{head, newest->at, items.size()};
    }

    /// The whole range of the first pending item in the block.
    std::optional<SeqRange> pending_in(SeqRange block) const {
        const auto hit =
            pending_ == nullptr ? std::nullopt : pending_->first_within(block.first, block.last);
        return hit ? pending_->containing(hit->first) : std::nullopt;
    }

    const RangeSet* pending_;
    std::string where_;
    Statement select_;
    Seq cursor_ = 0;
    bool at_end_ = false;
    std::optional<Candidate> candidate_;
};

} // namespace

std::size_t trim(Database& database, const BlockTables& blocks, PendingRanges& pending, Seq last,
                 const BootClocks& clocks, std::optional<WallTime> older_than,
                 std::size_t max_rows) {
    Transaction transaction(database);
    History up(database, "up_block", "first", "level, priority", &pending.ranges());
    History local(database, "local_block", "id", "0, 0", nullptr);
    std::size_t removed = 0;
    while (removed < max_rows) {
        const bool up_is_older =
            up.oldest() && (!local.oldest() || up.oldest()->age() <= local.oldest()->age());
        auto& table = up_is_older ? up : local;
        const auto block = table.oldest();
        if (!block ||
            (older_than && !clocks.surely_before(block->head.boot, block->newest, *older_than))) {
            break;
        }
        up_is_older ? blocks.remove_up(block->head) : blocks.remove_local(block->head);
        table.pass();
        removed += block->rows;
    }
    if (removed > 0) {
        pending.save(last);
        transaction.commit();
        pending.saved();
    }
    return removed;
}

} // namespace holdfast::spool
