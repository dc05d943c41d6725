#include "edge/spool/history.hpp"

#include "core/text.hpp"
#include "edge/spool/buckets.hpp"
#include "edge/spool/history_table.hpp"
#include "edge/spool/schema.hpp"
#include "edge/spool/sqlite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace holdfast::spool {

namespace {

struct Boot {
    std::int64_t id;
    WallTime offset;
    bool synchronised;
    std::optional<WallTime> uncertainty;
};

BootTime boot_time(std::optional<WallTime> wall, const Boot& boot, BootTime otherwise) {
    return wall ? BootTime(*wall - boot.offset) : otherwise;
}

/// Counts the values of one series, boot and table that have the same time.
class Placed {
public:
    explicit Placed(History::Place first)
        : next_(first)
        , skipped_below_(first.before) {
        next_.before = 0;
    }

    /// The place of the next value, whose time is `at`.
    const History::Place& place(BootTime at) {
        if (!any_ || at != next_.at) {
            skipped_below_ = at == next_.at ? skipped_below_ : 0;
            next_.at = at;
            next_.before = 0;
        } else {
            ++next_.before;
        }
        any_ = true;
        return next_;
    }
    /// Whether it comes before the first that was asked for.
    bool is_before_first() const noexcept { return next_.before < skipped_below_; }

private:
    History::Place next_;
    std::uint64_t skipped_below_;
    bool any_ = false;
};

} // namespace

class History::Reader {
public:
    explicit Reader(const std::filesystem::path& path)
        : database_(path, Database::Access::read_only) {
        require_schema(database_);
        up_.emplace(database_, "up_block", "first");
        local_.emplace(database_, "local_block", "id");
    }

    std::map<std::int64_t, Series> series() const {
        const Statement all(database_, "SELECT id, name, topic, unit FROM series ORDER BY id");
        auto row = all.use();
        std::map<std::int64_t, Series> series;
        while (row.next()) {
            Series one;
            one.name = row.bytes(1);
            one.topic = row.bytes(2);
            one.unit = row.bytes(3);
            series.emplace(row.number(0), std::move(one));
        }
        return series;
    }

    std::optional<Place> read(const Query& query, const Visit& visit) {
        // One moment for all tables; in a write-ahead log nobody waits for a reader.
        database_.execute("BEGIN");
        try {
            auto next = read_all(query, visit);
            database_.execute("COMMIT");
            return next;
        } catch (...) {
            database_.execute("ROLLBACK");
            throw;
        }
    }

private:
    std::optional<Place> read_all(const Query& query, const Visit& visit) const {
        const auto wanted = named(query.series);
        for (const auto& boot : boots()) {
            for (const bool up : {true, false}) {
                // Boots come in their order, and in each what goes up comes first.
                const auto from = query.from.value_or(Place{boot.id, up, BootTime::min() / 4, 0});
                if (std::pair(boot.id, !up) < std::pair(from.boot, !from.up)) {
                    continue;
                }
                const bool here = from.boot == boot.id && from.up == up;
                const auto first = here ? from : Place{boot.id, up, BootTime::min() / 4, 0};
                if (auto next = read_table(query, boot, first, wanted, visit)) {
                    return next;
                }
            }
        }
        return std::nullopt;
    }

    std::optional<Place> read_table(const Query& query, const Boot& boot, const Place& first,
                                    const std::map<std::int64_t, Series>& wanted,
                                    const Visit& visit) const {
        const auto since = std::max(first.at, boot_time(query.since, boot, BootTime::min() / 4));
        const auto until = boot_time(query.until, boot, BootTime::max() / 4);
        Placed placed(first);
        std::optional<Place> stopped;
        const auto each = [&](const BlockItem& item) {
            const auto* const row = std::get_if<ReadingRow>(&item.content);
            if (row == nullptr) {
                return true;
            }
            const auto found = wanted.find(row->series);
            if (found == wanted.end()) {
                return true;
            }
            const auto& place = placed.place(item.at);
            if (placed.is_before_first() || visit({item.at + boot.offset, boot.synchronised,
                                                   row->value, row->spread, boot.uncertainty},
                                                  found->second)) {
                return true;
            }
            stopped = place;
            return false;
        };
        const auto interrupted = [&] {
            if (query.interrupted) {
                query.interrupted();
            }
        };
        (first.up ? up_ : local_)->each(boot.id, since, until, interrupted, each);
        return stopped;
    }

    /// A changed topic, unit or format makes a new series of the same name.
    std::map<std::int64_t, Series> named(const std::string& name) const {
        auto all = series();
        std::vector<std::string> names;
        names.reserve(all.size());
        for (const auto& [id, one] : all) {
            names.push_back(one.name);
        }
        std::erase_if(all, [&](const auto& entry) { return entry.second.name != name; });
        if (all.empty()) {
            const std::vector<std::string_view> candidates(names.begin(), names.end());
            const auto meant = nearest(name, candidates);
            throw Error(fmt::format("there is no series '{}'{}", name,
                                    meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
        }
        return all;
    }

    std::vector<Boot> boots() const {
        const Statement all(
            database_, "SELECT id, coalesce(clock_offset, 0), synchronised, uncertainty FROM boot "
                       "ORDER BY id");
        auto row = all.use();
        std::vector<Boot> boots;
        while (row.next()) {
            boots.push_back(
                {row.number(0), WallTime(row.number(1)), row.number(2) != 0,
                 row.is_null(3) ? std::nullopt : std::optional(WallTime(row.number(3)))});
        }
        return boots;
    }

    Database database_;
    std::optional<HistoryTable> up_;
    std::optional<HistoryTable> local_;
};

History::History(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) {
        throw Error(fmt::format("{}: there is no spool; the daemon makes it when it starts",
                                path.string()));
    }
    reader_ = std::make_unique<Reader>(path);
}

History::~History() = default;

std::vector<std::string> History::series() const {
    std::set<std::string> names;
    for (const auto& [id, one] : reader_->series()) {
        names.insert(one.name);
    }
    return {names.begin(), names.end()};
}

std::optional<History::Place> History::read(const Query& query, const Visit& visit) const {
    return reader_->read(query, visit);
}

std::vector<HistoryBucket> History::downsample(const Query& query, std::size_t most) const {
    auto since = query.since;
    auto until = query.until;
    if (!since || !until) {
        std::optional<WallTime> first;
        std::optional<WallTime> last;
        reader_->read(query, [&](const HistoryPoint& point, const Series&) {
            first = std::min(first.value_or(point.at), point.at);
            last = std::max(last.value_or(point.at), point.at);
            return true;
        });
        since = since ? since : first;
        until = until || !last ? until : *last + WallTime(1);
    }
    if (!since || !until || most == 0) {
        return {};
    }
    const auto parts = static_cast<std::int64_t>(most);
    Buckets buckets(*since, (*until - *since + WallTime(parts - 1)) / parts);
    reader_->read(query, [&](const HistoryPoint& point, const Series&) {
        buckets.add(point);
        return true;
    });
    return buckets.finish();
}

} // namespace holdfast::spool
