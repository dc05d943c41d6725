#pragma once

#include "edge/spool/block.hpp"
#include "edge/spool/sqlite.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::spool {

/// A table of blocks as history reads it: boots and times grow with its key.
class HistoryTable {
public:
    /// Items of one group may lie this far out of order.
    static constexpr BootTime disorder = std::chrono::minutes(1);

    HistoryTable(const Database& database, std::string_view table, std::string_view key);

    /// Calls `visit(item)` for the items of that boot's blocks from `since` to before `until`,
    /// until it says no, and `interrupted()` before each block.
    template <typename Interrupted, typename Visit>
    void each(std::int64_t boot, BootTime since, BootTime until, const Interrupted& interrupted,
              const Visit& visit) const {
        const auto begin = find(boot, since);
        auto row = from_.use();
        row.bind(begin);
        while (row.next() && row.number(1) == boot) {
            interrupted();
            const auto items = read_block(row.bytes(2), where_);
            if (!items.empty() && items.front().at > until && items.front().at - until > disorder) {
                return;
            }
            for (const auto& item : items) {
                if (item.at >= since && item.at < until && !visit(item)) {
                    return;
                }
            }
        }
    }

    /// The latest time that a block of that boot holds.
    std::optional<BootTime> latest(std::int64_t boot) const;

private:
    struct Block {
        std::int64_t key;
        std::int64_t boot;
        std::string data;
    };

    /// The key of the first block that may hold anything of that boot from that time on.
    std::int64_t find(std::int64_t boot, BootTime since) const;
    std::int64_t last() const;
    std::optional<Block> first_from(std::int64_t key) const;
    bool is_before(const Block& block, std::int64_t boot, BootTime since) const;

    Statement from_;
    Statement last_;
    Statement before_;
    std::string where_;
};

} // namespace holdfast::spool
