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

} // namespace

SeriesTable::SeriesTable(const Database& database)
    : database_(database) {
    const Statement all(database, "SELECT id, name, topic, unit, format FROM series");
    auto rows = all.use();
    while (rows.next()) {
        all_[rows.number(0)] = {std::string(rows.bytes(1)), std::string(rows.bytes(2)),
                                std::string(rows.bytes(3)),
                                format_of(rows.bytes(4), database.path())};
    }
}

SeriesTable::Id SeriesTable::id(const Series& series) {
    const auto known = std::find_if(all_.begin(), all_.end(),
                                    [&](const auto& entry) { return entry.second == series; });
    if (known != all_.end()) {
        return known->first;
    }
    const Statement insert(database_, "INSERT INTO series (name, topic, unit, format) "
                                      "VALUES (?, ?, ?, ?) RETURNING id");
    auto row = insert.use();
    row.bind(series.name).bind(series.topic).bind(series.unit).bind(format_name(series.format));
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
