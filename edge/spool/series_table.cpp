#include "edge/spool/series_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::spool {

namespace {

std::string_view format_name(Format format) noexcept {
    return format == Format::senml ? "senml" : "scalar";
}

Format format_of(std::string_view name, const std::string& where) {
    for (const auto format : {Format::senml, Format::scalar}) {
        if (name == format_name(format)) {
            return format;
        }
    }
    throw DatabaseDamaged(where, fmt::format("a series has the unknown format '{}'", name), 0);
}

bool same_but_priority(const Series& one, Series other) {
    other.priority = one.priority;
    return one == other;
}

} // namespace

SeriesTable::SeriesTable(const Database& database)
    : database_(database) {
    const Statement all(database, "SELECT id, name, topic, unit, format, priority FROM series");
    auto rows = all.use();
    while (rows.next()) {
        all_[rows.number(0)] = {std::string(rows.bytes(1)), std::string(rows.bytes(2)),
                                std::string(rows.bytes(3)),
                                format_of(rows.bytes(4), database.path()), rows.number(5) != 0};
    }
}

SeriesTable::Id SeriesTable::id(const Series& series) {
    const auto known = std::find_if(all_.begin(), all_.end(), [&](const auto& entry) {
        return same_but_priority(entry.second, series);
    });
    if (known == all_.end()) {
        return add(series);
    }
    if (known->second.priority != series.priority) {
        Statement(database_, "UPDATE series SET priority = ? WHERE id = ?")
            .use()
            .bind(std::int64_t{series.priority})
            .bind(known->first)
            .run();
        known->second.priority = series.priority;
    }
    return known->first;
}

SeriesTable::Id SeriesTable::add(const Series& series) {
    const Statement insert(database_, "INSERT INTO series (name, topic, unit, format, priority) "
                                      "VALUES (?, ?, ?, ?, ?) RETURNING id");
    auto row = insert.use();
    row.bind(series.name).bind(series.topic).bind(series.unit).bind(format_name(series.format));
    row.bind(std::int64_t{series.priority});
    row.next();
    const Id id = row.number(0);
    row.run();
    all_.emplace(id, series);
    return id;
}

const Series* SeriesTable::find(Id id) const noexcept {
    const auto found = all_.find(id);
    return found == all_.end() ? nullptr : &found->second;
}

} // namespace holdfast::spool
