#include "edge/spool/trim.hpp"

#include "edge/spool/block.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::spool {

namespace {

struct Table {
    const char* name;
    const char* key;
    const RangeSet* pending; ///< none: nothing in this table is ever pending
};

class Trimmer {
public:
    Trimmer(Database& database, const Table& table, const BootClocks& clocks, WallTime older_than)
        : table_(table)
        , clocks_(clocks)
        , older_than_(older_than)
        , where_(database.path())
        // The newest block is left out: it remembers the last number.
        , select_(database, fmt::format("SELECT {0}, boot, data FROM {1} WHERE {0} >= ? AND {0} < "
                                        "(SELECT max({0}) FROM {1}) ORDER BY {0} LIMIT 1",
                                        table.key, table.name))
        , remove_(database, fmt::format("DELETE FROM {1} WHERE {0} = ?", table.key, table.name)) {}

    std::size_t run(std::size_t max_rows) {
        std::size_t removed = 0;
        while (removed < max_rows) {
            const auto count = step();
            if (!count) {
                break;
            }
            removed += *count;
        }
        return removed;
    }

private:
    /// How many rows went with the next block; nothing when there is no more to do.
    std::optional<std::size_t> step() {
        std::int64_t key = 0;
        std::vector<BlockItem> items;
        BootClocks::Id boot = 0;
        {
            auto row = select_.use();
            if (!row.bind(cursor_).next()) {
                return std::nullopt;
            }
            key = row.number(0);
            boot = row.number(1);
            items = read_block(row.bytes(2), where_);
        }
        if (const auto waiting = pending_in(key, items.back().places.last)) {
            cursor_ = static_cast<std::int64_t>(waiting->last) + 1;
            return 0;
        }
        const auto newest = std::max_element(
            items.begin(), items.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
        if (newest != items.end() && !clocks_.surely_before(boot, newest->at, older_than_)) {
            return std::nullopt;
        }
        remove_.use().bind(key).run();
        cursor_ = key + 1;
        return items.size();
    }

    /// The whole range of the last pending item in the block.
    std::optional<SeqRange> pending_in(std::int64_t key, Seq last_place) const {
        const auto first = static_cast<Seq>(key);
        if (table_.pending == nullptr) {
            return std::nullopt;
        }
        const auto hit = table_.pending->first_within(first, first + last_place);
        return hit ? table_.pending->containing(hit->first) : std::nullopt;
    }

    Table table_;
    const BootClocks& clocks_;
    WallTime older_than_;
    std::string where_;
    Statement select_;
    Statement remove_;
    std::int64_t cursor_ = 0;
};

} // namespace

std::size_t trim(Database& database, const RangeSet& pending, const BootClocks& clocks,
                 WallTime older_than, std::size_t max_rows) {
    Transaction transaction(database);
    std::size_t removed = 0;
    for (const auto& table :
         {Table{"up_block", "first", &pending}, Table{"local_block", "id", nullptr}}) {
        removed += Trimmer(database, table, clocks, older_than).run(max_rows - removed);
        if (removed >= max_rows) {
            break;
        }
    }
    if (removed > 0) {
        transaction.commit();
    }
    return removed;
}

} // namespace holdfast::spool
