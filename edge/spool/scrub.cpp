#include "edge/spool/scrub.hpp"

#include "edge/spool/block.hpp"

#include <fmt/format.h>

#include <utility>

namespace holdfast::spool {

Scrub::Scrub(Database& database)
    : database_(database) {
    for (const auto& [name, key] :
         {std::pair{"up_block", "first"}, std::pair{"local_block", "id"}}) {
        tables_.emplace_back(
            database,
            fmt::format("SELECT {1}, data FROM {0} WHERE {1} > ? ORDER BY {1} LIMIT ?", name, key));
    }
}

bool Scrub::step(std::size_t blocks) {
    if (table_ == 0 && cursor_ == 0) {
        check_small_tables();
    }
    while (blocks > 0) {
        const auto checked = check_blocks(tables_[table_], blocks);
        if (checked == blocks) {
            return false;
        }
        blocks -= checked;
        cursor_ = 0;
        if (++table_ == tables_.size()) {
            table_ = 0;
            return true;
        }
    }
    return false;
}

void Scrub::check_small_tables() {
    const Statement all(database_,
                        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT "
                        "LIKE 'sqlite%' AND name NOT LIKE '%block'");
    auto names = all.use();
    while (names.next()) {
        const auto name = std::string(names.bytes(0));
        const auto found = database_.text(fmt::format("PRAGMA quick_check({})", name));
        if (found != "ok") {
            throw DatabaseDamaged(database_.path(), fmt::format("table {}: {}", name, found), 0);
        }
    }
}

std::size_t Scrub::check_blocks(const Statement& next, std::size_t most) {
    auto row = next.use();
    row.bind(cursor_).bind(static_cast<std::int64_t>(most));
    std::size_t checked = 0;
    for (; row.next(); ++checked) {
        cursor_ = row.number(0);
        read_block(row.bytes(1), database_.path());
    }
    return checked;
}

} // namespace holdfast::spool
