#pragma once

#include "core/range_set.hpp"
#include "edge/spool/boot_clocks.hpp"
#include "edge/spool/sqlite.hpp"

#include <cstddef>

namespace holdfast::spool {

/// Deletes blocks that are older than the limit and not pending, oldest first, in one transaction,
/// until about max_rows went; answers how many. The newest block of each kind stays.
std::size_t trim(Database& database, const RangeSet& pending, const BootClocks& clocks,
                 WallTime older_than, std::size_t max_rows);

} // namespace holdfast::spool
