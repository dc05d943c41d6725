#include "edge/spool/row_copier.hpp"

#include <fmt/format.h>

#include <string_view>

namespace holdfast::spool {

namespace {

void bind(Statement::Use& use, const Value& value) {
    if (const auto* const number = std::get_if<std::int64_t>(&value)) {
        use.bind(*number);
    } else if (const auto* const real = std::get_if<double>(&value)) {
        use.bind(*real);
    } else if (const auto* const text = std::get_if<std::string>(&value)) {
        use.bind(std::string_view(*text));
    } else if (const auto* const blob = std::get_if<Blob>(&value)) {
        use.bind_blob(blob->bytes);
    } else {
        use.bind_null();
    }
}

} // namespace

std::vector<Table> tables_of(const Database& fresh) {
    std::vector<Table> tables;
    const Statement all(fresh, "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND "
                               "name NOT LIKE 'sqlite%' ORDER BY name");
    const Statement columns(fresh, "SELECT type, pk FROM pragma_table_info(?) ORDER BY cid");
    auto rows = all.use();
    while (rows.next()) {
        Table table{std::string(rows.bytes(0)), static_cast<std::uint64_t>(rows.number(1))};
        auto info = columns.use();
        info.bind(table.name);
        for (; info.next(); ++table.columns) {
            if (info.bytes(0) == "INTEGER" && info.number(1) == 1) {
                table.key = table.columns;
            }
        }
        tables.push_back(std::move(table));
    }
    return tables;
}

void RowCopier::add(const Row& row) {
    const auto count = row.columns.size();
    if (count == 0 || count > table_.columns) {
        return;
    }
    auto use = insert_of(count).use();
    for (std::size_t column = 0; column < count; ++column) {
        if (table_.key == column) {
            use.bind(row.key);
        } else {
            bind(use, row.columns[column]);
        }
    }
    try {
        use.run();
    } catch (const DiskFull&) {
        throw;
    } catch (const DatabaseError&) {
        ++refused_;
    }
}

/// A row that was written before its table got further columns has fewer.
const Statement& RowCopier::insert_of(std::size_t count) {
    const auto known = inserts_.find(count);
    if (known != inserts_.end()) {
        return known->second;
    }
    const Statement names(fresh_, "SELECT name FROM pragma_table_info(?) ORDER BY cid LIMIT ?");
    auto rows = names.use();
    rows.bind(table_.name).bind(static_cast<std::int64_t>(count));
    std::string columns;
    std::string values;
    while (rows.next()) {
        const auto* const comma = columns.empty() ? "" : ", ";
        columns += fmt::format("{}\"{}\"", comma, rows.bytes(0));
        values += fmt::format("{}?", comma);
    }
    const auto sql =
        fmt::format("INSERT OR REPLACE INTO \"{}\" ({}) VALUES ({})", table_.name, columns, values);
    return inserts_.try_emplace(count, fresh_, sql).first->second;
}

} // namespace holdfast::spool
