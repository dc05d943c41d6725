#pragma once

#include "core/range_set.hpp"
#include "edge/spool/block_tables.hpp"
#include "edge/spool/boot_clocks.hpp"
#include "edge/spool/pending_ranges.hpp"
#include "edge/spool/sqlite.hpp"

#include <cstddef>
#include <optional>

namespace holdfast::spool {

/// Deletes blocks that are older than the limit (with none: of any age) and not pending, oldest
/// first, in one transaction, until about max_rows went; answers how many. The newest block of each
/// kind stays. The receipts of what goes are saved with it, up to the number `last`: or a crash
/// would bring it back as pending.
std::size_t trim(Database& database, const BlockTables& blocks, PendingRanges& pending, Seq last,
                 const BootClocks& clocks, std::optional<WallTime> older_than,
                 std::size_t max_rows);

} // namespace holdfast::spool
