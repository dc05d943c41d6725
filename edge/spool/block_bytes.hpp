#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The small parts that a block (block.hpp) is made of.
namespace holdfast::spool {

std::uint32_t crc32(std::string_view bytes) noexcept;

void put_fixed(std::string& out, std::uint64_t value, unsigned bytes);
void put_varint(std::string& out, std::uint64_t value);
/// Zigzag, so that small negative numbers are short too.
void put_signed(std::string& out, std::int64_t value);
void put_text(std::string& out, std::string_view text);

/// How a value is written: its form is a power of ten, or raw_form.
struct Decimal {
    unsigned form;
    std::int64_t digits;
};

constexpr unsigned raw_form = 15;

/// The shortest decimal form that gives back the same bits, raw_form if there is none.
Decimal as_decimal(double value) noexcept;
/// Without its form.
void put_value(std::string& out, const Decimal& decimal, double value);

/// Takes a block apart. All members throw DatabaseDamaged naming `where` for bytes that cannot be.
class BlockReader {
public:
    /// Both views must outlive the reader.
    BlockReader(std::string_view bytes, std::string_view where)
        : left_(bytes)
        , where_(where) {}

    bool at_end() const noexcept { return left_.empty(); }
    [[noreturn]] void damaged(std::string_view reason) const;

    std::string_view take(std::uint64_t size);
    std::uint64_t fixed(unsigned bytes);
    std::uint64_t varint();
    std::int64_t signed_varint();
    std::string text() { return std::string(take(varint())); }
    double value(unsigned form);
    /// `digits` with their decimal form.
    double decimal(unsigned form, std::int64_t digits) const;

private:
    std::string_view left_;
    std::string_view where_;
};

} // namespace holdfast::spool
