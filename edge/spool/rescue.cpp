#include "edge/spool/rescue.hpp"

#include "core/range_set.hpp"
#include "edge/spool/block.hpp"
#include "edge/spool/file_image.hpp"
#include "edge/spool/gap_table.hpp"
#include "edge/spool/row_copier.hpp"
#include "edge/spool/schema.hpp"
#include "edge/spool/sqlite.hpp"
#include "edge/spool/tree_walk.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace holdfast::spool {

namespace {

/// A block that was saved, of what goes up.
struct SavedBlock {
    SeqRange numbers;
    WallTime first;
    WallTime last;
    bool synchronised;
};

class Rescue {
public:
    Rescue(const std::filesystem::path& damaged, Database& fresh)
        : image_(damaged)
        , fresh_(fresh)
        , tables_(tables_of(fresh)) {
        find_roots();
    }

    Salvage run() {
        Transaction transaction(fresh_);
        for (const auto& table : tables_) {
            lost_[table.name] = copy(table);
        }
        keep_readable_blocks("up_block", "first");
        keep_readable_blocks("local_block", "id");
        fresh_.execute("DELETE FROM thinned");
        fresh_.execute("INSERT INTO thinned (level, bytes) SELECT level, sum(length(data)) FROM "
                       "up_block WHERE level > 0 GROUP BY level");
        save_pending();
        if (incomplete("up_block") || incomplete("spool")) {
            result_.numbers_restart = true;
            renew_epoch(fresh_);
        }
        transaction.commit();
        return result_;
    }

private:
    bool incomplete(const std::string& table) const {
        return image_.log_is_damaged() || list_is_damaged_ || lost_.at(table) > 0;
    }

    /// From the damaged file's own list of tables, as far as it can be read.
    void find_roots() {
        TreeWalk walk(image_, 1);
        while (const auto rows = walk.next()) {
            for (const auto& row : *rows) {
                if (row.columns.size() == 5 && row.columns[0] == Value(std::string("table")) &&
                    std::holds_alternative<std::int64_t>(row.columns[3])) {
                    set_root(row.columns[1], std::get<std::int64_t>(row.columns[3]));
                }
            }
        }
        list_is_damaged_ = walk.lost() > 0;
    }

    void set_root(const Value& name, std::int64_t root) {
        for (auto& table : tables_) {
            if (name == Value(table.name)) {
                table.root = static_cast<std::uint64_t>(root);
            }
        }
    }

    /// Answers how many pages and rows could not be read.
    std::uint64_t copy(const Table& table) {
        RowCopier copier(fresh_, table);
        TreeWalk walk(image_, table.root);
        while (const auto rows = walk.next()) {
            for (const auto& row : *rows) {
                copier.add(row);
            }
        }
        return walk.lost() + copier.refused();
    }

    /// Removes blocks that are not what BlockWriter wrote, of which nobody knows the boot or a
    /// series, or whose numbers another block has.
    void keep_readable_blocks(const std::string& table, const std::string& key) {
        const auto series = ids_of_series();
        const Statement remove(fresh_, fmt::format("DELETE FROM {} WHERE {} = ?", table, key));
        std::vector<std::int64_t> bad;
        {
            const Statement all(
                fresh_, fmt::format("SELECT {0}.{1}, data, coalesce(clock_offset, 0), synchronised "
                                    "FROM {0} LEFT JOIN boot ON boot.id = {0}.boot ORDER BY 1",
                                    table, key));
            auto row = all.use();
            Seq taken = 0;
            while (row.next()) {
                const auto items = items_of(row.bytes(1), series);
                const auto first = static_cast<Seq>(row.number(0));
                if (!items || row.is_null(3) || first <= taken) {
                    bad.push_back(row.number(0));
                    continue;
                }
                result_.saved += items->size();
                if (table == "up_block" && !items->empty()) {
                    taken = first + items->back().places.last;
                    note_saved(first, *items, WallTime(row.number(2)), row.number(3) != 0);
                }
            }
        }
        for (const auto block : bad) {
            remove.use().bind(block).run();
        }
        lost_[table] += bad.size();
    }

    void note_saved(Seq first, const std::vector<BlockItem>& items, WallTime offset,
                    bool synchronised) {
        const SeqRange numbers{first, first + items.back().places.last};
        saved_.insert(numbers);
        blocks_.push_back(
            {numbers, items.front().at + offset, items.back().at + offset, synchronised});
    }

    std::set<std::int64_t> ids_of_series() const {
        std::set<std::int64_t> ids;
        const Statement all(fresh_, "SELECT id FROM series");
        auto row = all.use();
        while (row.next()) {
            ids.insert(row.number(0));
        }
        return ids;
    }

    static std::optional<std::vector<BlockItem>> items_of(std::string_view data,
                                                          const std::set<std::int64_t>& series) {
        try {
            auto items = read_block(data, "salvage");
            for (const auto& item : items) {
                const auto* const reading = std::get_if<ReadingRow>(&item.content);
                if (reading != nullptr && !series.contains(reading->series)) {
                    return std::nullopt;
                }
            }
            return items;
        } catch (const DatabaseDamaged&) {
            return std::nullopt;
        }
    }

    /// What was saved and had no receipt, or nobody knows whether it had one.
    void save_pending() {
        const auto known = pending_of_copy();
        auto pending = saved_;
        RangeSet lost;
        if (known) {
            auto proved = saved_;
            proved.erase(*known);
            pending.erase(proved);
            lost = *known;
            lost.erase(saved_);
        }
        result_.lost_pending = lost.size();
        result_.pending = pending.size();
        if (!lost.empty() || !known || incomplete("up_block") || incomplete("gap")) {
            note_loss(known ? lost : saved_, lost.size());
        }
        store_pending(pending);
    }

    void store_pending(const RangeSet& pending) {
        const Seq last = saved_.back().value_or(0);
        fresh_.execute("DELETE FROM pending");
        const Statement put(fresh_, "INSERT INTO pending (first, last) VALUES (?, ?)");
        Seq open = last + 1;
        for (const auto& range : pending.ranges()) {
            if (range.last == last) {
                open = range.first;
            } else {
                put.use()
                    .bind(static_cast<std::int64_t>(range.first))
                    .bind(static_cast<std::int64_t>(range.last))
                    .run();
            }
        }
        put.use().bind(static_cast<std::int64_t>(open)).bind_null().run();
    }

    /// What the cloud will not get, or where that may be: between what was saved before and behind
    /// `where`, which is the end when it is empty. Nobody can tell any more of which series.
    void note_loss(const RangeSet& where, std::uint64_t count) {
        const Seq end = saved_.back().value_or(0) + 1;
        const Seq first = where.front().value_or(end);
        const Seq last = where.back().value_or(end);
        Loss loss{.topic = "#", .count = count};
        bool synchronised = !blocks_.empty();
        if (!blocks_.empty()) {
            loss.first = blocks_.front().first;
            loss.last = blocks_.back().last;
        }
        for (const auto& block : blocks_) {
            synchronised = synchronised && block.synchronised;
            if (block.numbers.last < first) {
                loss.first = block.last;
            }
        }
        const auto behind = std::find_if(blocks_.begin(), blocks_.end(), [last](const auto& block) {
            return block.numbers.first > last;
        });
        if (behind != blocks_.end()) {
            loss.last = behind->first;
        }
        GapTable(fresh_).add(GapKind::damaged, std::span(&loss, 1), {WallTime(0), synchronised},
                             SeriesTable(fresh_));
    }

    /// Nothing where any row of the table may be missing.
    std::optional<RangeSet> pending_of_copy() const {
        const Seq last = saved_.back().value_or(0);
        const Statement all(fresh_, "SELECT first, last FROM pending ORDER BY first");
        RangeSet pending;
        unsigned open = 0;
        auto row = all.use();
        while (row.next()) {
            const auto first = static_cast<Seq>(row.number(0));
            const auto end = row.is_null(1) ? last : static_cast<Seq>(row.number(1));
            open += row.is_null(1) ? 1U : 0U;
            if (first <= end) {
                pending.insert({first, end});
            }
        }
        return incomplete("pending") || open != 1 ? std::nullopt : std::optional(pending);
    }

    FileImage image_;
    Database& fresh_;
    std::vector<Table> tables_;
    bool list_is_damaged_ = false;
    std::map<std::string, std::uint64_t> lost_; ///< by table: pages and rows
    RangeSet saved_;                            ///< numbers of what goes up
    std::vector<SavedBlock> blocks_;            ///< those, in their order
    Salvage result_;
};

} // namespace

Salvage rescue(const std::filesystem::path& damaged, Database& fresh) {
    return Rescue(damaged, fresh).run();
}

} // namespace holdfast::spool
