#pragma once

#include "core/series.hpp"
#include "edge/spool/sqlite.hpp"

#include <cstdint>
#include <map>

namespace holdfast::spool {

/// The series that ever stored something, each text once (table `series`).
class SeriesTable {
public:
    using Id = std::int64_t;

    explicit SeriesTable(const Database& database);

    /// Finds or registers, durably. A changed priority changes that of the series.
    Id id(const Series& series);
    /// Null where there is none.
    const Series* find(Id id) const noexcept;

private:
    Id add(const Series& series);

    const Database& database_;
    std::map<Id, Series> all_;
};

} // namespace holdfast::spool
