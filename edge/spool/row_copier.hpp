#pragma once

#include "edge/spool/record.hpp"
#include "edge/spool/sqlite.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::spool {

/// A table of a spool, as its schema says.
struct Table {
    std::string name;
    std::uint64_t root = 0; ///< its first page
    std::size_t columns = 0;
    std::optional<std::size_t> key{}; ///< the column that is the rowid
};

/// The tables of a new spool; their roots are right for a damaged one that has lost its own list.
std::vector<Table> tables_of(const Database& fresh);

/// Puts rows of a damaged file into a table of the new spool.
class RowCopier {
public:
    RowCopier(const Database& fresh, Table table)
        : fresh_(fresh)
        , table_(std::move(table)) {}

    /// Throws DiskFull.
    void add(const Row& row);

    /// Rows that break a rule of their table: they are not what was written.
    std::uint64_t refused() const noexcept { return refused_; }

private:
    const Statement& insert_of(std::size_t count);

    const Database& fresh_;
    Table table_;
    std::map<std::size_t, Statement> inserts_;
    std::uint64_t refused_ = 0;
};

} // namespace holdfast::spool
