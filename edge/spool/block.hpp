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
///     item    = [skipped] tag time (value | merged | message)
///     skipped = varint, in format 2 only: how many numbers before its own the item covers, because
///               thinning put them into it or dropped them; in format 1 each covers its own
///     tag     = varint; low 4 bits: form of the value; above: series, 0 for a message
///     time    = zigzag varint, microseconds since the item before (the first: since boot)
///     value   = form 0 to 9: zigzag varint m, the value is m / 10^form
///               form 15: 8 bytes, IEEE 754 little endian
///     merged  = form 14: varint count, varint span in microseconds, a byte with the form of what
///               follows: mean, mean - least, greatest - mean as zigzag varints, or, in form 15,
///               mean, least, greatest
///     message = flags:1 (qos, retain << 2) topic payload, each a varint length and bytes
///
/// Decimal forms are used only where they give back the very same bits.
struct BlockItem {
    BootTime at; ///< of a thinned reading: of the last in it
    std::variant<ReadingRow, Message> content;
    /// The numbers that it covers, counted from the first of its block. Its own is the last.
    SeqRange places;
};

class BlockWriter {
public:
    enum class Layout { dense, sparse };

    explicit BlockWriter(Layout layout = Layout::dense)
        : layout_(layout) {
        clear();
    }

    /// Only for Layout::dense.
    void add(const Sample& sample);
    void add(const Message& message);
    /// Of the item's places, only how many it covers counts; dense blocks take only single ones
    /// without a spread.
    void add(const BlockItem& item);

    bool empty() const noexcept { return count_ == 0; }
    /// How many numbers the block covers.
    std::uint64_t count() const noexcept { return count_; }
    /// Whether the next item should begin another block.
    bool full() const noexcept;
    /// The finished block; begins the next one.
    std::string take();

private:
    void clear();
    void add_reading(const ReadingRow& row, BootTime at);
    void add_time(BootTime at);

    Layout layout_;
    std::string bytes_;
    std::uint64_t count_ = 0;
    BootTime previous_{};
};

/// The items of a block, in order. Throws DatabaseDamaged naming `where` for bytes that BlockWriter
/// did not write.
std::vector<BlockItem> read_block(std::string_view bytes, std::string_view where);

} // namespace holdfast::spool
