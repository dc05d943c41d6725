#include "edge/spool/receipt_reader.hpp"

#include "edge/spool/schema.hpp"

#include <algorithm>

namespace holdfast::spool {

namespace {

Database opened(const std::filesystem::path& path) {
    Database database(path, Database::Access::read_only);
    require_schema(database);
    return database;
}

} // namespace

ReceiptReader::ReceiptReader(const std::filesystem::path& path)
    : database_(opened(path))
    // The range that reaches the last row has no end (pending_ranges.hpp).
    , pending_(database_,
               "SELECT first, last FROM pending WHERE first <= ?1 AND coalesce(last, ?1) >= ?2") {}

std::uint64_t ReceiptReader::missing(SeqRange range) const {
    auto row = pending_.use();
    row.bind(static_cast<std::int64_t>(range.last)).bind(static_cast<std::int64_t>(range.first));
    std::uint64_t missing = 0;
    while (row.next()) {
        const auto first = std::max(static_cast<Seq>(row.number(0)), range.first);
        const auto last =
            row.is_null(1) ? range.last : std::min(static_cast<Seq>(row.number(1)), range.last);
        missing += last - first + 1;
    }
    return missing;
}

} // namespace holdfast::spool
