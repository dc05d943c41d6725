#include "edge/spool/gap_table.hpp"

#include "core/topics.hpp"

#include <nlohmann/json.hpp>

namespace holdfast::spool {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* add_sql =
    "INSERT INTO gap (kind, series, source, first_at, last_at, synchronised, count, least, "
    "greatest, mean) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (kind, series, source) DO UPDATE SET "
    "first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at), "
    "synchronised = min(synchronised, excluded.synchronised), "
    "least = min(least, excluded.least), greatest = max(greatest, excluded.greatest), "
    "mean = mean * (1.0 * count / (count + excluded.count)) + "
    "excluded.mean * (1.0 * excluded.count / (count + excluded.count)), "
    "count = count + excluded.count";

constexpr const char* various_topics = "#";

double seconds(std::int64_t microseconds) {
    return static_cast<double>(microseconds / 1000) / 1000;
}

/// The keys are those of docs/spool.md.
Message as_message(const Statement::Use& row, const std::string& epoch, const SeriesTable& all) {
    Json json{{"epoch", epoch}, {"gap", row.number(0)}, {"kind", std::string(row.bytes(1))}};
    if (const auto* const series = all.find(row.number(2))) {
        json["series"] = series->name;
    }
    json["topic"] = std::string(row.bytes(3));
    json["from"] = seconds(row.number(4));
    json["to"] = seconds(row.number(5));
    if (row.number(6) == 0) {
        json["clock"] = "unset";
    }
    json["count"] = row.number(7);
    if (!row.is_null(8)) {
        json["min"] = row.real(8);
        json["max"] = row.real(9);
        json["mean"] = row.real(10);
    }
    return {std::string(topics::gaps), json.dump(-1, ' ', false, Json::error_handler_t::replace), 1,
            false, boot_now()};
}

} // namespace

GapTable::GapTable(const Database& database)
    : database_(database)
    , add_(database, add_sql)
    , add_total_(database, "INSERT INTO gap_total (kind, count) VALUES (?, ?) ON CONFLICT (kind) "
                           "DO UPDATE SET count = count + excluded.count") {}

void GapTable::add(GapKind kind, std::span<const Loss> losses, const BootClocks::Clock& clock,
                   const SeriesTable& series) {
    if (losses.empty()) {
        return;
    }
    const bool crowded = open() >= most_open;
    std::int64_t count = 0;
    for (const auto& loss : losses) {
        const auto* const known = series.find(loss.series);
        add_row(kind, loss,
                known != nullptr ? known->topic
                : crowded        ? various_topics
                                 : loss.topic,
                clock);
        count += static_cast<std::int64_t>(loss.count);
    }
    add_total_.use().bind(to_string(kind)).bind(count).run();
}

void GapTable::add_row(GapKind kind, const Loss& loss, const std::string& source,
                       const BootClocks::Clock& clock) {
    auto row = add_.use();
    row.bind(to_string(kind)).bind(loss.series).bind(std::string_view(source));
    row.bind((loss.first + clock.offset).count()).bind((loss.last + clock.offset).count());
    row.bind(std::int64_t{clock.synchronised}).bind(static_cast<std::int64_t>(loss.count));
    if (loss.series == 0) {
        row.bind_null().bind_null().bind_null();
    } else {
        row.bind(loss.least).bind(loss.greatest).bind(loss.mean);
    }
    row.run();
}

std::vector<Message> GapTable::take(std::size_t most, const std::string& epoch,
                                    const SeriesTable& series) {
    const Statement oldest(database_,
                           "SELECT id, kind, series, source, first_at, last_at, synchronised, "
                           "count, least, greatest, mean FROM gap ORDER BY id LIMIT ?");
    std::vector<Message> messages;
    std::int64_t last = 0;
    {
        auto row = oldest.use();
        row.bind(static_cast<std::int64_t>(most));
        while (row.next()) {
            messages.push_back(as_message(row, epoch, series));
            last = row.number(0);
        }
    }
    Statement(database_, "DELETE FROM gap WHERE id <= ?").use().bind(last).run();
    return messages;
}

std::uint64_t GapTable::open() const {
    const Statement all(database_, "SELECT count(*) FROM gap");
    auto row = all.use();
    row.next();
    return static_cast<std::uint64_t>(row.number(0));
}

std::map<GapKind, std::uint64_t> GapTable::totals() const {
    const Statement all(database_, "SELECT kind, count FROM gap_total");
    auto row = all.use();
    std::map<GapKind, std::uint64_t> totals;
    while (row.next()) {
        for (const auto kind :
             {GapKind::thinned, GapKind::dropped, GapKind::refused, GapKind::damaged}) {
            if (row.bytes(0) == to_string(kind)) {
                totals[kind] = static_cast<std::uint64_t>(row.number(1));
            }
        }
    }
    return totals;
}

} // namespace holdfast::spool
