#pragma once

#include "core/reading.hpp"
#include "edge/spool/spool.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace holdfast::spool {

/// The layout of a block: what is stored of one group, or of a part of it that fits half a page.
///
///     block   = format:1 item* crc32:4 (little endian, over all before it)
///     item    = tag time (value | message)
///     tag     = varint; low 4 bits: form of the value; above: series, 0 for a message
///     time    = zigzag varint, microseconds since the item before (the first: since boot)
///     value   = form 0 to 9: zigzag varint m, the value is m / 10^form
///               form 15: 8 bytes, IEEE 754 little endian
///     message = flags:1 (qos, retain << 2) topic payload, each a varint length and bytes
///
/// Decimal forms are used only where they give back the very same bits.
class BlockWriter {
public:
    BlockWriter() { clear(); }

    void add(const Sample& sample);
    void add(const Message& message);

    bool empty() const noexcept { return count_ == 0; }
    std::uint64_t count() const noexcept { return count_; }
    /// Whether the next item should begin another block.
    bool full() const noexcept;
    /// The finished block; begins the next one.
    std::string take();

private:
    void clear();
    void add_time(BootTime at);

    std::string bytes_;
    std::uint64_t count_ = 0;
    BootTime previous_{};
};

struct BlockItem {
    BootTime at;
    std::variant<ReadingRow, Message> content;
};

/// The items of a block, in order. Throws DatabaseDamaged naming `where` for bytes that BlockWriter
/// did not write.
std::vector<BlockItem> read_block(std::string_view bytes, std::string_view where);

} // namespace holdfast::spool
