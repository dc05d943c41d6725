#include "edge/spool/spool.hpp"

#include "core/unique_fd.hpp"
#include "edge/spool/block.hpp"
#include "edge/spool/boot_clocks.hpp"
#include "edge/spool/pending_ranges.hpp"
#include "edge/spool/schema.hpp"
#include "edge/spool/series_table.hpp"
#include "edge/spool/sqlite.hpp"
#include "edge/spool/trim.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <cmath>

namespace holdfast::spool {

namespace {

constexpr std::size_t reading_cost_bytes = 16; // of a reading in read()'s max_bytes

std::string open_fault(const std::filesystem::path& path, int code) {
    const auto folder = path.has_parent_path() ? path.parent_path().string() : std::string(".");
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return fmt::format("cannot open the spool {}: there is no folder {}; create it, or set "
                           "another path in [spool]",
                           path.string(), folder);
    case EISDIR:
        return fmt::format("cannot open the spool {}: this is a folder; name a file in it as path "
                           "in [spool]",
                           path.string());
    case EACCES:
    case EPERM:
    case EROFS:
        return fmt::format(
            "cannot write the spool {}: make the file and the folder {} writable for "
            "this user, or set another path in [spool]",
            path.string(), folder);
    default:
        return fmt::format("cannot open the spool {}", path.string());
    }
}

/// Opens or creates the file and takes the lock that makes us its only writer. The descriptor must
/// stay open longer than SQLite's: closing any descriptor of a file drops the process's POSIX locks
/// on it.
UniqueFd claim(const std::filesystem::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (!fd) {
        const int code = errno;
        throw SystemError(open_fault(path, code), code);
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        throw Error(fmt::format("{}: another process writes to this spool; stop it, or set another "
                                "path in [spool]",
                                path.string()));
    }
    return fd;
}

Database open_database(const std::filesystem::path& path, int fd) {
    const bool is_new = inspect_file(fd, path) == FileKind::empty;
    Database database(path, Database::Access::read_write);
    // Until it is known to be a spool of ours, closing it must not change it.
    database.checkpoint_on_close(false);
    if (is_new) {
        prepare_new(database);
    }
    configure(database);
    migrate(database);
    database.checkpoint_on_close(true);
    return database;
}

bool goes_up(const Item& item) noexcept {
    const auto* const sample = std::get_if<Sample>(&item);
    return sample == nullptr || sample->up;
}

std::size_t cost(const std::variant<ReadingRow, Message>& content) noexcept {
    const auto* const message = std::get_if<Message>(&content);
    return message == nullptr ? reading_cost_bytes
                              : message->topic.size() + message->payload.size();
}

} // namespace

class Spool::Store {
public:
    Store(const std::filesystem::path& path, const std::string& boot_id)
        : path_(path)
        , claim_(claim(path))
        , database_(open_database(path, claim_.get()))
        , epoch_(database_.text("SELECT epoch FROM spool"))
        , last_(load_last())
        , series_(database_)
        , clocks_(database_, boot_id)
        , pending_(database_, last_) {}

    std::optional<SeqRange> append(std::span<const Item> items);
    void save_receipts();
    std::vector<Entry> read(SeqRange range, std::size_t max_rows, std::size_t max_bytes) const;
    Stats stats() const;

    std::size_t trim(WallTime older_than, std::size_t max_rows) {
        return spool::trim(database_, pending_.ranges(), clocks_, older_than, max_rows);
    }

    SeriesTable& series() noexcept { return series_; }
    BootClocks& clocks() noexcept { return clocks_; }
    PendingRanges& pending() noexcept { return pending_; }
    Seq last() const noexcept { return last_; }
    const std::string& epoch() const noexcept { return epoch_; }

private:
    Seq load_last();
    void check(const Item& item) const;
    Seq write_up(std::span<const Item> items);
    void write_local(std::span<const Item> items);

    std::filesystem::path path_;
    UniqueFd claim_;
    Database database_;
    std::string epoch_;
    Seq last_;
    SeriesTable series_;
    BootClocks clocks_;
    PendingRanges pending_;
    Statement insert_up_{database_, "INSERT INTO up_block (first, boot, data) VALUES (?, ?, ?)"};
    Statement insert_local_{database_, "INSERT INTO local_block (boot, data) VALUES (?, ?)"};
    Statement select_up_{database_,
                         "SELECT first, boot, data FROM up_block WHERE first >= coalesce((SELECT "
                         "first FROM up_block WHERE first <= ?1 ORDER BY first DESC LIMIT 1), ?1) "
                         "AND first <= ?2 ORDER BY first"};
};

Seq Spool::Store::load_last() {
    const Statement newest(database_,
                           "SELECT first, data FROM up_block ORDER BY first DESC LIMIT 1");
    auto row = newest.use();
    if (!row.next()) {
        return 0;
    }
    return static_cast<Seq>(row.number(0)) + read_block(row.bytes(1), path_.string()).size() - 1;
}

void Spool::Store::check(const Item& item) const {
    const auto* const sample = std::get_if<Sample>(&item);
    if (sample == nullptr) {
        return;
    }
    const auto* const series = series_.find(sample->series);
    if (series == nullptr) {
        throw Error(fmt::format("there is no series {}", sample->series));
    }
    if (!std::isfinite(sample->value)) {
        throw Error(fmt::format("{}: {} is not a finite number", series->name, sample->value));
    }
}

Seq Spool::Store::write_up(std::span<const Item> items) {
    Seq next = last_ + 1;
    BlockWriter block;
    const auto write = [&] {
        const auto count = block.count();
        const auto bytes = block.take();
        insert_up_.use()
            .bind(static_cast<std::int64_t>(next))
            .bind(clocks_.current())
            .bind_blob(bytes)
            .run();
        next += count;
    };
    for (const auto& item : items) {
        if (goes_up(item)) {
            std::visit([&](const auto& content) { block.add(content); }, item);
            if (block.full()) {
                write();
            }
        }
    }
    if (!block.empty()) {
        write();
    }
    return next - 1;
}

void Spool::Store::write_local(std::span<const Item> items) {
    BlockWriter block;
    const auto write = [&] {
        const auto bytes = block.take();
        insert_local_.use().bind(clocks_.current()).bind_blob(bytes).run();
    };
    for (const auto& item : items) {
        if (!goes_up(item)) {
            block.add(std::get<Sample>(item));
            if (block.full()) {
                write();
            }
        }
    }
    if (!block.empty()) {
        write();
    }
}

std::optional<SeqRange> Spool::Store::append(std::span<const Item> items) {
    if (items.empty()) {
        return std::nullopt;
    }
    for (const auto& item : items) {
        check(item);
    }
    Transaction transaction(database_);
    pending_.save(last_);
    const Seq last = write_up(items);
    write_local(items);
    transaction.commit();

    pending_.saved();
    if (last == last_) {
        return std::nullopt;
    }
    const SeqRange range{last_ + 1, last};
    pending_.append(range);
    last_ = last;
    return range;
}

void Spool::Store::save_receipts() {
    if (pending_.changed()) {
        Transaction transaction(database_);
        pending_.save(last_);
        transaction.commit();
        pending_.saved();
    }
}

std::vector<Entry> Spool::Store::read(SeqRange range, std::size_t max_rows,
                                      std::size_t max_bytes) const {
    std::vector<Entry> entries;
    std::size_t bytes = 0;
    auto row = select_up_.use();
    row.bind(static_cast<std::int64_t>(range.first)).bind(static_cast<std::int64_t>(range.last));
    while (row.next()) {
        const auto& clock = clocks_.clock(row.number(1));
        auto seq = static_cast<Seq>(row.number(0));
        for (auto& item : read_block(row.bytes(2), path_.string())) {
            if (seq >= range.first && seq <= range.last) {
                bytes += cost(item.content);
                if (entries.size() == max_rows || (bytes > max_bytes && !entries.empty())) {
                    return entries;
                }
                entries.push_back(
                    {seq, item.at + clock.offset, clock.synchronised, std::move(item.content)});
            }
            ++seq;
        }
    }
    return entries;
}

Stats Spool::Store::stats() const {
    std::uint64_t file_bytes = 0;
    for (const auto* const suffix : {"", "-wal"}) {
        std::error_code missing; // there is no log before the first write
        const auto size = std::filesystem::file_size(path_.string() + suffix, missing);
        file_bytes += missing ? 0 : size;
    }
    Stats stats{pending_.ranges().size(), file_bytes, database_.pages_written() * page_size_bytes,
                std::nullopt};
    if (const auto front = pending_.ranges().front()) {
        const auto oldest = read({*front, *front}, 1, 0);
        if (!oldest.empty()) {
            stats.oldest_pending = oldest.front().at;
        }
    }
    return stats;
}

Spool::Spool(std::filesystem::path path, const Options& options, Log log)
    : store_(std::make_unique<Store>(path, options.boot_id)) {
    log.info("spool opened", {{"path", path.string()},
                              {"epoch", epoch()},
                              {"last", last()},
                              {"pending", pending().size()}});
}

Spool::~Spool() {
    try {
        store_->save_receipts();
    } catch (const Error&) {
        // Lost receipts only cost duplicates, and a destructor has nobody to tell.
    }
}

SeriesId Spool::series(const Series& series) {
    return store_->series().id(series);
}

const Series& Spool::series(SeriesId id) const {
    const auto* const found = store_->series().find(id);
    if (found == nullptr) {
        throw Error(fmt::format("there is no series {}", id));
    }
    return *found;
}

std::optional<SeqRange> Spool::append(std::span<const Item> items) {
    return store_->append(items);
}

void Spool::prove(const RangeSet& proved) {
    store_->pending().prove(proved);
}

void Spool::save_receipts() {
    store_->save_receipts();
}

const RangeSet& Spool::pending() const noexcept {
    return store_->pending().ranges();
}

Seq Spool::last() const noexcept {
    return store_->last();
}

const std::string& Spool::epoch() const noexcept {
    return store_->epoch();
}

std::vector<Entry> Spool::read(SeqRange range, std::size_t max_rows, std::size_t max_bytes) const {
    return store_->read(range, max_rows, max_bytes);
}

void Spool::set_clock(WallTime offset, bool synchronised) {
    store_->clocks().set({offset, synchronised});
}

std::size_t Spool::trim(WallTime older_than, std::size_t max_rows) {
    return store_->trim(older_than, max_rows);
}

Stats Spool::stats() const {
    return store_->stats();
}

} // namespace holdfast::spool
