#include "edge/spool/history_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::spool {

HistoryTable::HistoryTable(const Database& database, std::string_view table, std::string_view key)
    : from_(database,
            fmt::format("SELECT {0}, boot, data FROM {1} WHERE {0} >= ? ORDER BY {0}", key, table))
    , last_(database, fmt::format("SELECT max({}) FROM {}", key, table))
    , before_(database, fmt::format("SELECT boot, data FROM {1} WHERE {0} < ? ORDER BY {0} DESC "
                                    "LIMIT 1",
                                    key, table))
    , where_(database.path()) {}

std::optional<BootTime> HistoryTable::latest(std::int64_t boot) const {
    auto row = before_.use();
    row.bind(find(boot + 1, BootTime::min() / 4));
    std::optional<BootTime> latest;
    if (row.next() && row.number(0) == boot) {
        for (const auto& item : read_block(row.bytes(1), where_)) {
            latest = std::max(latest.value_or(item.at), item.at);
        }
    }
    return latest;
}

std::int64_t HistoryTable::find(std::int64_t boot, BootTime since) const {
    std::int64_t low = 0;
    std::int64_t high = last() + 1;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const auto block = first_from(middle);
        if (block && is_before(*block, boot, since)) {
            low = block->key + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

std::int64_t HistoryTable::last() const {
    auto row = last_.use();
    return row.next() ? row.number(0) : 0;
}

std::optional<HistoryTable::Block> HistoryTable::first_from(std::int64_t key) const {
    auto row = from_.use();
    row.bind(key);
    if (!row.next()) {
        return std::nullopt;
    }
    return Block{row.number(0), row.number(1), std::string(row.bytes(2))};
}

bool HistoryTable::is_before(const Block& block, std::int64_t boot, BootTime since) const {
    if (block.boot != boot) {
        return block.boot < boot;
    }
    const auto items = read_block(block.data, where_);
    return std::all_of(items.begin(), items.end(), [since](const BlockItem& item) {
        return item.at < since && since - item.at > disorder;
    });
}

} // namespace holdfast::spool
