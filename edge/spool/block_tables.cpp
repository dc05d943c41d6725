#include "edge/spool/block_tables.hpp"

#include "edge/spool/block.hpp"

#include <algorithm>

namespace holdfast::spool {

namespace {

constexpr std::size_t reading_cost_bytes = 16; // of a reading in read()'s max_bytes

bool stays(const Item& item) noexcept {
    const auto* const sample = std::get_if<Sample>(&item);
    return sample != nullptr && !sample->up;
}

std::size_t cost(const std::variant<ReadingRow, Message>& content) noexcept {
    const auto* const message = std::get_if<Message>(&content);
    return message == nullptr ? reading_cost_bytes
                              : message->topic.size() + message->payload.size();
}

} // namespace

BlockTables::BlockTables(const Database& database)
    : database_(database)
    , insert_up_(database, "INSERT INTO up_block (first, boot, priority, data) VALUES (?, ?, ?, ?)")
    , insert_local_(database, "INSERT INTO local_block (boot, data) VALUES (?, ?)")
    , select_up_(database,
                 "SELECT first, boot, data FROM up_block WHERE first >= coalesce((SELECT "
                 "first FROM up_block WHERE first <= ?1 ORDER BY first DESC LIMIT 1), ?1) "
                 "AND first <= ?2 ORDER BY first")
    , insert_thinned_(database, "INSERT INTO up_block (first, boot, level, priority, data) "
                                "VALUES (?, ?, ?, ?, ?)")
    , remove_up_(database, "DELETE FROM up_block WHERE first = ?")
    , remove_local_(database, "DELETE FROM local_block WHERE id = ?")
    , count_thinned_(database, "INSERT INTO thinned (level, bytes) VALUES (?, ?) ON CONFLICT "
                               "(level) DO UPDATE SET bytes = bytes + excluded.bytes") {}

Seq BlockTables::last() const {
    const Statement newest(database_,
                           "SELECT first, data FROM up_block ORDER BY first DESC LIMIT 1");
    auto row = newest.use();
    if (!row.next()) {
        return 0;
    }
    const auto items = read_block(row.bytes(1), database_.path());
    return static_cast<Seq>(row.number(0)) + (items.empty() ? 0 : items.back().places.last);
}

/// Fills blocks: a block is full, or ends where the priority changes.
class BlockTables::UpWriter {
public:
    UpWriter(const Statement& insert, Seq first, BootClocks::Id boot)
        : insert_(insert)
        , boot_(boot)
        , written_{first, {}} {}

    template <typename Content>
    void add(const Content& content, bool priority) {
        if (priority != priority_) {
            flush();
            priority_ = priority;
        }
        block_.add(content);
        if (block_.full()) {
            flush();
        }
    }

    Written finish() {
        flush();
        return std::move(written_);
    }

private:
    void flush() {
        if (block_.empty()) {
            return;
        }
        const SeqRange range{written_.next, written_.next + block_.count() - 1};
        const auto bytes = block_.take();
        insert_.use()
            .bind(static_cast<std::int64_t>(range.first))
            .bind(boot_)
            .bind(std::int64_t{priority_})
            .bind_blob(bytes)
            .run();
        written_.next = range.last + 1;
        if (priority_) {
            written_.priority.insert(range);
        }
    }

    const Statement& insert_;
    BootClocks::Id boot_;
    BlockWriter block_;
    bool priority_ = false;
    Written written_;
};

BlockTables::Written BlockTables::write_up(std::span<const Item> items, Seq first,
                                           BootClocks::Id boot, const SeriesTable& series) {
    UpWriter writer(insert_up_, first, boot);
    for (const auto& item : items) {
        if (const auto* const sample = std::get_if<Sample>(&item)) {
            if (sample->up) {
                writer.add(*sample, series.find(sample->series)->priority);
            }
        } else {
            const auto& message = std::get<Message>(item);
            writer.add(message, message.priority);
        }
    }
    return writer.finish();
}

BlockTables::Written BlockTables::write_priority(std::span<const Message> messages, Seq first,
                                                 BootClocks::Id boot) {
    UpWriter writer(insert_up_, first, boot);
    for (const auto& message : messages) {
        writer.add(message, true);
    }
    return writer.finish();
}

void BlockTables::write_local(std::span<const Item> items, BootClocks::Id boot) {
    BlockWriter block;
    const auto write = [&] {
        const auto bytes = block.take();
        insert_local_.use().bind(boot).bind_blob(bytes).run();
    };
    for (const auto& item : items) {
        if (stays(item)) {
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

std::uint64_t BlockTables::write_thinned(std::span<const BlockItem> rows,
                                         const BlockHead& like) const {
    BlockWriter block(BlockWriter::Layout::sparse);
    Seq first = 0;
    std::int64_t written = 0;
    const auto write = [&] {
        const auto bytes = block.take();
        auto row = insert_thinned_.use();
        row.bind(static_cast<std::int64_t>(first)).bind(like.boot);
        row.bind(std::int64_t{like.level}).bind(std::int64_t{like.priority});
        row.bind_blob(bytes).run();
        written += static_cast<std::int64_t>(bytes.size());
    };
    for (const auto& item : rows) {
        first = block.empty() ? item.places.first : first;
        block.add(item);
        if (block.full()) {
            write();
        }
    }
    if (!block.empty()) {
        write();
    }
    if (!like.priority) {
        count_thinned(like.level, written);
    }
    return static_cast<std::uint64_t>(written);
}

void BlockTables::remove_up(const BlockHead& block) const {
    remove_up_.use().bind(static_cast<std::int64_t>(block.first)).run();
    if (block.level > 0 && !block.priority) {
        count_thinned(block.level, -static_cast<std::int64_t>(block.bytes));
    }
}

void BlockTables::remove_local(const BlockHead& block) const {
    remove_local_.use().bind(static_cast<std::int64_t>(block.first)).run();
}

void BlockTables::count_thinned(unsigned level, std::int64_t bytes) const {
    count_thinned_.use().bind(std::int64_t{level}).bind(bytes).run();
}

std::vector<std::uint64_t> BlockTables::thinned_bytes() const {
    const Statement all(database_,
                        "SELECT level, bytes FROM thinned WHERE bytes > 0 ORDER BY level");
    std::vector<std::uint64_t> bytes(1, 0);
    auto row = all.use();
    while (row.next()) {
        bytes.resize(static_cast<std::size_t>(row.number(0)) + 1, 0);
        bytes.back() = static_cast<std::uint64_t>(row.number(1));
    }
    return bytes;
}

void BlockTables::visit(SeqRange range, const BootClocks& clocks, std::size_t max_rows,
                        std::size_t max_bytes, const std::function<void(Entry)>& each) const {
    std::size_t rows = 0;
    std::size_t bytes = 0;
    auto row = select_up_.use();
    row.bind(static_cast<std::int64_t>(range.first)).bind(static_cast<std::int64_t>(range.last));
    while (row.next()) {
        const auto& clock = clocks.clock(row.number(1));
        const auto first = static_cast<Seq>(row.number(0));
        for (auto& item : read_block(row.bytes(2), database_.path())) {
            const SeqRange covers{std::max(first + item.places.first, range.first),
                                  std::min(first + item.places.last, range.last)};
            if (covers.first > covers.last) {
                continue;
            }
            bytes += cost(item.content);
            if (rows == max_rows || (bytes > max_bytes && rows > 0)) {
                return;
            }
            ++rows;
            each({first + item.places.last, item.at + clock.offset, clock.synchronised,
                  std::move(item.content), covers, row.number(1), item.at, clock.uncertainty});
        }
    }
}

RangeSet BlockTables::priority_from(Seq from) const {
    const Statement blocks(
        database_, "SELECT first, coalesce((SELECT min(first) FROM up_block AS next WHERE "
                   "next.first > up_block.first) - 1, ?2) FROM up_block WHERE priority > 0 AND "
                   "first >= coalesce((SELECT max(first) FROM up_block WHERE first <= ?1), ?1)");
    auto row = blocks.use();
    row.bind(static_cast<std::int64_t>(from)).bind(static_cast<std::int64_t>(last()));
    RangeSet ranges;
    while (row.next()) {
        ranges.insert({static_cast<Seq>(row.number(0)), static_cast<Seq>(row.number(1))});
    }
    return ranges;
}

} // namespace holdfast::spool
