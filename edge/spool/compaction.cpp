#include "edge/spool/compaction.hpp"

#include "edge/spool/block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace holdfast::spool {

namespace {

constexpr std::size_t blocks_at_once = 256;
/// Larger ones gain less than rewriting them costs.
constexpr std::size_t small_block_bytes = 48;

struct Table {
    const char* name;
    const char* key;
    const char* order;  ///< columns that must be equal in neighbours that share a block
    const char* cursor; ///< in the table `compacted`
    bool numbered;      ///< whether the key counts the items, so that neighbours must touch
};

constexpr Table up{"up_block", "first", "level * 2 + priority", "up", true};
constexpr Table local{"local_block", "id", "0", "local", false};

struct Block {
    std::int64_t key;
    std::int64_t boot;
    std::int64_t kind;
    std::size_t bytes;
    std::vector<BlockItem> items;
};

class Compactor {
public:
    Compactor(const Database& database, const Table& table)
        : database_(database)
        , table_(table) {}

    std::size_t run() {
        const auto blocks = load();
        if (blocks.size() < blocks_at_once) {
            return 0;
        }
        std::size_t merged = 0;
        std::size_t begin = 0;
        while (begin < blocks.size()) {
            std::size_t end = begin + 1;
            while (end < blocks.size() && joins(blocks[end - 1], blocks[end])) {
                ++end;
            }
            merged += join(blocks, begin, end);
            begin = end;
        }
        set_cursor(blocks.back().key + 1);
        return merged;
    }

private:
    std::vector<Block> load() const {
        const Statement next(
            database_,
            fmt::format("SELECT {0}, boot, {1}, data FROM {2} WHERE {0} >= (SELECT {3} FROM "
                        "compacted) AND {0} < (SELECT max({0}) FROM {2}) ORDER BY {0} LIMIT {4}",
                        table_.key, table_.order, table_.name, table_.cursor, blocks_at_once));
        std::vector<Block> blocks;
        auto row = next.use();
        while (row.next()) {
            blocks.push_back({row.number(0), row.number(1), row.number(2), row.bytes(3).size(),
                              read_block(row.bytes(3), database_.path())});
        }
        return blocks;
    }

    bool joins(const Block& before, const Block& block) const {
        const auto next = before.key + static_cast<std::int64_t>(before.items.size());
        // Kind 0 is neither thinned nor first: blocks of other kinds are few or full.
        return before.kind == 0 && block.kind == 0 && before.boot == block.boot &&
               std::max(before.bytes, block.bytes) <= small_block_bytes &&
               (!table_.numbered || next == block.key);
    }

    /// Answers how many blocks less there are.
    std::size_t join(const std::vector<Block>& blocks, std::size_t begin, std::size_t end) const {
        if (end - begin < 2) {
            return 0;
        }
        remove(blocks[begin].key, blocks[end - 1].key);
        BlockWriter writer;
        auto key = blocks[begin].key;
        std::size_t written = 0;
        const auto write = [&] {
            const auto count = table_.numbered ? static_cast<std::int64_t>(writer.count()) : 1;
            insert(key, blocks[begin].boot, writer.take());
            key += count;
            ++written;
        };
        for (std::size_t i = begin; i < end; ++i) {
            for (const auto& item : blocks[i].items) {
                writer.add(item);
                if (writer.full()) {
                    write();
                }
            }
        }
        if (!writer.empty()) {
            write();
        }
        return end - begin - written;
    }

    void remove(std::int64_t first, std::int64_t last) const {
        const Statement range(database_, fmt::format("DELETE FROM {0} WHERE {1} BETWEEN ? AND ?",
                                                     table_.name, table_.key));
        range.use().bind(first).bind(last).run();
    }

    void insert(std::int64_t key, std::int64_t boot, const std::string& bytes) const {
        const Statement block(database_, fmt::format("INSERT INTO {} ({}, boot, data) VALUES "
                                                     "(?, ?, ?)",
                                                     table_.name, table_.key));
        block.use().bind(key).bind(boot).bind_blob(bytes).run();
    }

    void set_cursor(std::int64_t key) const {
        const Statement update(database_,
                               fmt::format("UPDATE compacted SET {} = ?", table_.cursor));
        update.use().bind(key).run();
    }

    const Database& database_;
    Table table_;
};

} // namespace

std::size_t compact(Database& database) {
    Transaction transaction(database);
    const auto merged = Compactor(database, up).run() + Compactor(database, local).run();
    transaction.commit();
    return merged;
}

} // namespace holdfast::spool
