#include "edge/spool/rescue.hpp"

#include "core/range_set.hpp"
#include "edge/spool/block.hpp"
#include "edge/spool/file_image.hpp"
#include "edge/spool/record.hpp"
#include "edge/spool/sqlite.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

namespace holdfast::spool {

namespace {

struct Table {
    std::string name;
    std::uint64_t root = 0;
    std::size_t columns = 0;
    std::optional<std::size_t> key{}; ///< the column that is the rowid
};

/// The tables of a new spool; their roots are right for a damaged one that has lost its own list.
std::vector<Table> tables_of(const Database& fresh) {
    std::vector<Table> tables;
    const Statement all(fresh, "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND "
                               "name NOT LIKE 'sqlite%' ORDER BY name");
    const Statement columns(fresh, "SELECT type, pk FROM pragma_table_info(?) ORDER BY cid");
    auto rows = all.use();
    while (rows.next()) {
        Table table{std::string(rows.bytes(0)), static_cast<std::uint64_t>(rows.number(1))};
        auto info = columns.use();
        info.bind(table.name);
        for (; info.next(); ++table.columns) {
            if (info.bytes(0) == "INTEGER" && info.number(1) == 1) {
                table.key = table.columns;
            }
        }
        tables.push_back(std::move(table));
    }
    return tables;
}

/// The rows of one table, leaf by leaf, past pages that cannot be read.
class TreeWalk {
public:
    TreeWalk(const FileImage& image, std::uint64_t root)
        : image_(image)
        , todo_{root} {}

    /// The rows of the next leaf, or nothing at the end.
    std::optional<std::vector<Row>> next() {
        while (!todo_.empty()) {
            const auto number = todo_.back();
            todo_.pop_back();
            if (number == 0 || number > image_.page_count() || !seen_.insert(number).second) {
                ++lost_;
                continue;
            }
            const auto page = image_.page(number);
            const auto kind = page ? kind_of(*page, number) : PageKind::other;
            if (kind == PageKind::table_leaf) {
                const auto source = [this](std::uint64_t wanted) { return image_.page(wanted); };
                return rows_of(*page, number, image_.usable_bytes(), source, lost_);
            }
            if (kind == PageKind::table_interior) {
                const auto children = children_of(*page, number);
                todo_.insert(todo_.end(), children.rbegin(), children.rend());
            } else {
                ++lost_;
            }
        }
        return std::nullopt;
    }

    /// Pages and rows that could not be read.
    std::uint64_t lost() const noexcept { return lost_; }
    const std::set<std::uint64_t>& seen() const noexcept { return seen_; }

private:
    const FileImage& image_;
    std::vector<std::uint64_t> todo_;
    std::set<std::uint64_t> seen_;
    std::uint64_t lost_ = 0;
};

/// Puts rows into a table of the new spool.
class Copier {
public:
    Copier(const Database& fresh, Table table)
        : fresh_(fresh)
        , table_(std::move(table)) {}

    void add(const Row& row) {
        const auto count = row.columns.size();
        if (count == 0 || count > table_.columns) {
            return;
        }
        auto use = insert_of(count).use();
        for (std::size_t column = 0; column < count; ++column) {
            if (table_.key == column) {
                use.bind(row.key);
            } else {
                bind(use, row.columns[column]);
            }
        }
        try {
            use.run();
        } catch (const DiskFull&) {
            throw;
        } catch (const DatabaseError&) {
            ++refused_; // what breaks a rule of its table is not what was written
        }
    }

    std::uint64_t refused() const noexcept { return refused_; }

private:
    /// A row that was written before its table got further columns has fewer.
    const Statement& insert_of(std::size_t count) {
        const auto known = inserts_.find(count);
        if (known != inserts_.end()) {
            return known->second;
        }
        const Statement names(fresh_, "SELECT name FROM pragma_table_info(?) ORDER BY cid LIMIT ?");
        auto rows = names.use();
        rows.bind(table_.name).bind(static_cast<std::int64_t>(count));
        std::string columns;
        std::string values;
        while (rows.next()) {
            const auto* const comma = columns.empty() ? "" : ", ";
            columns += fmt::format("{}\"{}\"", comma, rows.bytes(0));
            values += fmt::format("{}?", comma);
        }
        const auto sql = fmt::format("INSERT OR REPLACE INTO \"{}\" ({}) VALUES ({})", table_.name,
                                     columns, values);
        return inserts_.try_emplace(count, fresh_, sql).first->second;
    }

    static void bind(Statement::Use& use, const Value& value) {
        if (const auto* const number = std::get_if<std::int64_t>(&value)) {
            use.bind(*number);
        } else if (const auto* const real = std::get_if<double>(&value)) {
            use.bind(*real);
        } else if (const auto* const text = std::get_if<std::string>(&value)) {
            use.bind(std::string_view(*text));
        } else if (const auto* const blob = std::get_if<Blob>(&value)) {
            use.bind_blob(blob->bytes);
        } else {
            use.bind_null();
        }
    }

    const Database& fresh_;
    Table table_;
    std::map<std::size_t, Statement> inserts_;
    std::uint64_t refused_ = 0;
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
            fresh_.execute("UPDATE spool SET epoch = lower(hex(randomblob(4)))");
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
        Copier copier(fresh_, table);
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
        const auto series = ids_of("series");
        const auto boots = ids_of("boot");
        const Statement remove(fresh_, fmt::format("DELETE FROM {} WHERE {} = ?", table, key));
        std::vector<std::int64_t> bad;
        {
            const Statement all(
                fresh_, fmt::format("SELECT {1}, boot, data FROM {0} ORDER BY {1}", table, key));
            auto row = all.use();
            Seq next = 0;
            while (row.next()) {
                const auto items = items_of(row.bytes(2), series);
                const auto first = static_cast<Seq>(row.number(0));
                if (!items || !boots.contains(row.number(1)) || first < next) {
                    bad.push_back(row.number(0));
                    continue;
                }
                result_.saved += items->size();
                if (table == "up_block" && !items->empty()) {
                    next = first + items->back().places.last + 1;
                    saved_.insert({first, next - 1});
                }
            }
        }
        for (const auto block : bad) {
            remove.use().bind(block).run();
        }
        lost_[table] += bad.size();
    }

    std::set<std::int64_t> ids_of(const std::string& table) const {
        std::set<std::int64_t> ids;
        const Statement all(fresh_, fmt::format("SELECT id FROM {}", table));
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
        if (known) {
            auto proved = saved_;
            proved.erase(*known);
            pending.erase(proved);
            auto lost = *known;
            lost.erase(saved_);
            result_.lost_pending = lost.size();
        }
        result_.pending = pending.size();
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
    Salvage result_;
};

} // namespace

Salvage rescue(const std::filesystem::path& damaged, Database& fresh) {
    return Rescue(damaged, fresh).run();
}

} // namespace holdfast::spool
