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
    const char* kind;   ///< must be equal in neighbours that share a block, and at most last_kind
    const char* cursor; ///< in the table `compacted`
    const char* insert; ///< key, boot, kind, data
    bool numbered;      ///< whether the key counts the items, so that neighbours must touch
};

/// Without and with priority; what was thinned is in sparse blocks, which are few or full.
constexpr std::int64_t last_kind = 1;
constexpr Table up{"up_block",
                   "first",
                   "level * 2 + priority",
                   "up",
                   "INSERT INTO up_block (first, boot, priority, data) VALUES (?1, ?2, ?3, ?4)",
                   true};
constexpr Table local{"local_block",
                      "id",
                      "0",
                      "local",
                      "INSERT INTO local_block (id, boot, data) VALUES (?1, ?2, ?4)",
                      false};

struct Block {
    std::int64_t key;
    std::int64_t boot;
    std::int64_t kind;
    std::vector<BlockItem> items; ///< of small ones: the others stay as they are
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
                        table_.key, table_.kind, table_.name, table_.cursor, blocks_at_once));
        std::vector<Block> blocks;
        auto row = next.use();
        while (row.next()) {
            const auto data = row.bytes(3);
            blocks.push_back({row.number(0), row.number(1), row.number(2),
                              data.size() > small_block_bytes
                                  ? std::vector<BlockItem>()
                                  : read_block(data, database_.path())});
        }
        return blocks;
    }

    bool joins(const Block& before, const Block& block) const {
        const auto next = before.key + static_cast<std::int64_t>(before.items.size());
        return before.kind <= last_kind && before.kind == block.kind && before.boot == block.boot &&
               !before.items.empty() && !block.items.empty() &&
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
            insert(key, blocks[begin], writer.take());
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

    void insert(std::int64_t key, const Block& like, const std::string& bytes) const {
        const Statement block(database_, table_.insert);
        block.use().bind(key).bind(like.boot).bind(like.kind).bind_blob(bytes).run();
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
