#pragma once

#include "edge/spool/sqlite.hpp"

#include <cstddef>
#include <vector>

namespace holdfast::spool {

/// Reads a spool's rows again and again, a few at a time, so that damage is found while the rest
/// can still be saved.
class Scrub {
public:
    explicit Scrub(Database& database);

    /// Checks about so many blocks more; answers whether a round through the whole file is
    /// complete. Throws DatabaseDamaged for what is not as it was written.
    bool step(std::size_t blocks);

private:
    void check_small_tables();
    /// How many blocks there were behind the cursor, at most `most`.
    std::size_t check_blocks(const Statement& next, std::size_t most);

    Database& database_;
    std::vector<Statement> tables_; ///< key and data of the blocks behind a key
    std::size_t table_ = 0;
    std::int64_t cursor_ = 0;
};

} // namespace holdfast::spool
