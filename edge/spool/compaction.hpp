#pragma once

#include "edge/spool/sqlite.hpp"

#include <cstddef>

namespace holdfast::spool {

/// Puts small blocks together: rows that were committed one by one take a row of the table and a
/// checksum each, and cost 8 bytes a reading instead of 32 when they share them. Content and
/// numbers stay. It begins where it ended before, and works on whole batches only, so that it costs
/// the disk little. Answers how many blocks went into others; 0 when there are too few yet.
std::size_t compact(Database& database);

} // namespace holdfast::spool
