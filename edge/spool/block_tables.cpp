#include "edge/spool/block_tables.hpp"

#include "edge/spool/block.hpp"

namespace holdfast::spool {

namespace {

constexpr std::size_t reading_cost_bytes = 16; // of a reading in read()'s max_bytes

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

BlockTables::BlockTables(const Database& database)
    : database_(database)
    , insert_up_(database, "INSERT INTO up_block (first, boot, data) VALUES (?, ?, ?)")
    , insert_local_(database, "INSERT INTO local_block (boot, data) VALUES (?, ?)")
    , select_up_(database,
                 "SELECT first, boot, data FROM up_block WHERE first >= coalesce((SELECT "
                 "first FROM up_block WHERE first <= ?1 ORDER BY first DESC LIMIT 1), ?1) "
                 "AND first <= ?2 ORDER BY first") {}

Seq BlockTables::last() const {
    const Statement newest(database_,
                           "SELECT first, data FROM up_block ORDER BY first DESC LIMIT 1");
    auto row = newest.use();
    if (!row.next()) {
        return 0;
    }
    return static_cast<Seq>(row.number(0)) + read_block(row.bytes(1), database_.path()).size() - 1;
}

Seq BlockTables::write_up(std::span<const Item> items, Seq first, BootClocks::Id boot) {
    Seq next = first;
    BlockWriter block;
    const auto write = [&] {
        const auto count = block.count();
        const auto bytes = block.take();
        insert_up_.use().bind(static_cast<std::int64_t>(next)).bind(boot).bind_blob(bytes).run();
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
    return next;
}

void BlockTables::write_local(std::span<const Item> items, BootClocks::Id boot) {
    BlockWriter block;
    const auto write = [&] {
        const auto bytes = block.take();
        insert_local_.use().bind(boot).bind_blob(bytes).run();
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

std::vector<Entry> BlockTables::read(SeqRange range, const BootClocks& clocks, std::size_t max_rows,
                                     std::size_t max_bytes) const {
    std::vector<Entry> entries;
    std::size_t bytes = 0;
    auto row = select_up_.use();
    row.bind(static_cast<std::int64_t>(range.first)).bind(static_cast<std::int64_t>(range.last));
    while (row.next()) {
        const auto& clock = clocks.clock(row.number(1));
        auto seq = static_cast<Seq>(row.number(0));
        for (auto& item : read_block(row.bytes(2), database_.path())) {
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

} // namespace holdfast::spool
