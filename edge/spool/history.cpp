#include "edge/spool/history.hpp"

#include "core/text.hpp"
#include "edge/spool/block.hpp"
#include "edge/spool/schema.hpp"
#include "edge/spool/sqlite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace holdfast::spool {

namespace {

/// Items of one group may lie this far out of order.
constexpr BootTime disorder = std::chrono::minutes(1);

struct Boot {
    std::int64_t id;
    WallTime offset;
    bool synchronised;
};

struct Block {
    std::int64_t key;
    std::int64_t boot;
    std::string data;
};

/// A table of blocks, whose boots and times grow with its key.
class BlockTable {
public:
    BlockTable(const Database& database, std::string_view table, std::string_view key)
        : from_(database, fmt::format("SELECT {0}, boot, data FROM {1} WHERE {0} >= ? ORDER BY {0}",
                                      key, table))
        , last_(database, fmt::format("SELECT max({}) FROM {}", key, table))
        , where_(database.path()) {}

    /// The key of the first block that may hold anything of that boot from that time on.
    std::int64_t find(std::int64_t boot, BootTime since) const {
        std::int64_t low = 0;
        std::int64_t high = last() + 1;
        while (low < high) {
            const auto middle = low + (high - low) / 2;
            const auto block = first_from(middle);
            if (block && is_before(*block, boot, since)) {
                low = block->key + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// Calls `visit(item)` for the items of that boot's blocks, until it or a block says no.
    template <typename Visit>
    bool each(std::int64_t boot, BootTime since, BootTime until, const Visit& visit) const {
        const auto begin = find(boot, since);
        auto row = from_.use();
        row.bind(begin);
        while (row.next() && row.number(1) == boot) {
            const auto items = read_block(row.bytes(2), where_);
            if (!items.empty() && items.front().at > until && items.front().at - until > disorder) {
                return true;
            }
            for (const auto& item : items) {
                if (item.at >= since && item.at < until && !visit(item)) {
                    return false;
                }
            }
        }
        return true;
    }

private:
    std::int64_t last() const {
        auto row = last_.use();
        return row.next() ? row.number(0) : 0;
    }

    std::optional<Block> first_from(std::int64_t key) const {
        auto row = from_.use();
        row.bind(key);
        if (!row.next()) {
            return std::nullopt;
        }
        return Block{row.number(0), row.number(1), std::string(row.bytes(2))};
    }

    bool is_before(const Block& block, std::int64_t boot, BootTime since) const {
        if (block.boot != boot) {
            return block.boot < boot;
        }
        const auto items = read_block(block.data, where_);
        return std::all_of(items.begin(), items.end(), [since](const BlockItem& item) {
            return item.at < since && since - item.at > disorder;
        });
    }

    Statement from_;
    Statement last_;
    std::string where_;
};

BootTime boot_time(std::optional<WallTime> wall, const Boot& boot, BootTime otherwise) {
    return wall ? BootTime(*wall - boot.offset) : otherwise;
}

class Buckets {
public:
    Buckets(WallTime since, WallTime width)
        : since_(since)
        , width_(std::max(width, WallTime(1))) {}

    void add(const HistoryPoint& point) {
        const auto spread = point.spread.value_or(Spread{1, point.value, point.value, BootTime(0)});
        const auto place = (point.at - since_) / width_;
        const auto [found, added] = all_.try_emplace(
            place, HistoryBucket{point.at, true, 0, spread.least, spread.greatest, 0});
        auto& bucket = found->second;
        bucket.at = std::min(bucket.at, point.at);
        bucket.synchronised = bucket.synchronised && point.synchronised;
        bucket.count += spread.count;
        bucket.least = std::min(bucket.least, spread.least);
        bucket.greatest = std::max(bucket.greatest, spread.greatest);
        bucket.mean += (point.value - bucket.mean) * static_cast<double>(spread.count) /
                       static_cast<double>(bucket.count);
    }

    std::vector<HistoryBucket> finish() const {
        std::vector<HistoryBucket> list;
        for (const auto& [place, bucket] : all_) {
            list.push_back(bucket);
        }
        return list;
    }

private:
    WallTime since_;
    WallTime width_;
    std::map<std::int64_t, HistoryBucket> all_;
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

    void read(const Query& query, const Visit& visit) {
        // One moment for all tables; in a write-ahead log nobody waits for a reader.
        database_.execute("BEGIN");
        try {
            read_all(query, visit);
        } catch (...) {
            database_.execute("ROLLBACK");
            throw;
        }
        database_.execute("COMMIT");
    }

private:
    void read_all(const Query& query, const Visit& visit) const {
        const auto wanted = named(query.series);
        for (const auto& boot : boots()) {
            const auto since = boot_time(query.since, boot, BootTime::min() / 4);
            const auto until = boot_time(query.until, boot, BootTime::max() / 4);
            const auto each = [&](const BlockItem& item) {
                const auto* const row = std::get_if<ReadingRow>(&item.content);
                const auto found = row == nullptr ? wanted.end() : wanted.find(row->series);
                return found == wanted.end() ||
                       visit({item.at + boot.offset, boot.synchronised, row->value, row->spread},
                             found->second);
            };
            if (!up_->each(boot.id, since, until, each) ||
                !local_->each(boot.id, since, until, each)) {
                return;
            }
        }
    }

    /// A changed topic, unit or format makes a new series of the same name.
    std::map<std::int64_t, Series> named(const std::string& name) const {
        auto all = series();
        std::vector<std::string> names;
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
            database_, "SELECT id, coalesce(clock_offset, 0), synchronised FROM boot ORDER BY id");
        auto row = all.use();
        std::vector<Boot> boots;
        while (row.next()) {
            boots.push_back({row.number(0), WallTime(row.number(1)), row.number(2) != 0});
        }
        return boots;
    }

    Database database_;
    std::optional<BlockTable> up_;
    std::optional<BlockTable> local_;
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

void History::read(const Query& query, const Visit& visit) const {
    reader_->read(query, visit);
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
