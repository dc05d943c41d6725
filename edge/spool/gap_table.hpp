#pragma once

#include "edge/spool/boot_clocks.hpp"
#include "edge/spool/loss.hpp"
#include "edge/spool/series_table.hpp"
#include "edge/spool/sqlite.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace holdfast::spool {

/// The gaps that nobody has been told of (table `gap`), one a kind and source: it grows until it is
/// taken, so that however long the cloud is away they take little space.
class GapTable {
public:
    /// Beyond so many, gaps of messages share one row.
    static constexpr std::uint64_t most_open = 1000;

    explicit GapTable(const Database& database);

    /// Inside a transaction: what was lost, measured since the boot whose clock is given.
    void add(GapKind kind, std::span<const Loss> losses, const BootClocks::Clock& clock,
             const SeriesTable& series);
    /// Inside a transaction: takes the oldest as messages for `<site>/gaps`, at most `most`.
    std::vector<Message> take(std::size_t most, const std::string& epoch,
                              const SeriesTable& series);

    /// How many are open.
    std::uint64_t open() const;
    /// How many readings and messages since the file was made.
    std::map<GapKind, std::uint64_t> totals() const;

private:
    void add_row(GapKind kind, const Loss& loss, const std::string& source,
                 const BootClocks::Clock& clock);

    const Database& database_;
    Statement add_;
    Statement add_total_;
};

} // namespace holdfast::spool
