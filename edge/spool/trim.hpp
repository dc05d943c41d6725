#pragma once

#include "core/range_set.hpp"
#include "edge/spool/block_tables.hpp"
#include "edge/spool/boot_clocks.hpp"
#include "edge/spool/sqlite.hpp"

#include <cstddef>
#include <optional>

namespace holdfast::spool {

/// Deletes blocks that are older than the limit (with none: of any age) and not pending, oldest
/// first, in one transaction, until about max_rows went; answers how many. The newest block of each
/// kind stays.
std::size_t trim(Database& database, const BlockTables& blocks, const RangeSet& pending,
                 const BootClocks& clocks, std::optional<WallTime> older_than,
                 std::size_t max_rows);

} // namespace holdfast::spool
