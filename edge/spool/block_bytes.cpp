#include "edge/spool/block_bytes.hpp"

#include "edge/spool/error.hpp"

#include <bit>
#include <cmath>

namespace holdfast::spool {

namespace {

constexpr std::array<double, 10> powers{1, 10, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr double largest_exact = 9007199254740992.0; // 2^53

constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 1U) != 0 ? crc >> 1U ^ 0xedb88320U : crc >> 1U;
        }
        table[byte] = crc;
    }
    return table;
}

} // namespace

std::uint32_t crc32(std::string_view bytes) noexcept {
    static constexpr auto table = make_crc_table();
    std::uint32_t crc = 0xffffffffU;
    for (const char byte : bytes) {
        crc = table[(crc ^ static_cast<unsigned char>(byte)) & 0xffU] ^ crc >> 8U;
    }
    return ~crc;
}

void put_fixed(std::string& out, std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
        out.push_back(static_cast<char>(value >> 8U * i & 0xffU));
    }
}

void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80U) {
        out.push_back(static_cast<char>((value & 0x7fU) | 0x80U));
        value >>= 7U;
    }
    out.push_back(static_cast<char>(value));
}

void put_signed(std::string& out, std::int64_t value) {
    put_varint(out, static_cast<std::uint64_t>(value) << 1U ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out.append(text);
}

Decimal as_decimal(double value) noexcept {
    for (unsigned form = 0; form < powers.size(); ++form) {
        const double digits = std::round(value * powers[form]);
        if (!(std::abs(digits) < largest_exact)) {
            break;
        }
        if (std::bit_cast<std::uint64_t>(digits / powers[form]) ==
            std::bit_cast<std::uint64_t>(value)) {
            return std::signbit(value) && digits == 0 // -0.0 has no digits
                       ? Decimal{raw_form, 0}
                       : Decimal{form, static_cast<std::int64_t>(digits)};
        }
    }
    return {raw_form, 0};
}

void put_value(std::string& out, const Decimal& decimal, double value) {
    if (decimal.form == raw_form) {
        put_fixed(out, std::bit_cast<std::uint64_t>(value), 8);
    } else {
        put_signed(out, decimal.digits);
    }
}

void BlockReader::damaged(std::string_view reason) const {
    throw DatabaseDamaged(where_, reason, 0);
}

std::string_view BlockReader::take(std::uint64_t size) {
    if (size > left_.size()) {
        damaged("a block ends too early");
    }
    const auto taken = left_.substr(0, static_cast<std::size_t>(size));
    left_.remove_prefix(taken.size());
    return taken;
}

std::uint64_t BlockReader::fixed(unsigned bytes) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (const char byte : take(bytes)) {
        value |= std::uint64_t{static_cast<unsigned char>(byte)} << shift;
        shift += 8;
    }
    return value;
}

std::uint64_t BlockReader::varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const auto byte = static_cast<unsigned char>(take(1).front());
        value |= std::uint64_t{byte & 0x7fU} << shift;
        if (byte < 0x80U) {
            return value;
        }
    }
    damaged("a number in a block is too long");
}

std::int64_t BlockReader::signed_varint() {
    const auto value = varint();
    return static_cast<std::int64_t>(value >> 1U ^ ((value & 1U) != 0 ? ~std::uint64_t{0} : 0));
}

double BlockReader::value(unsigned form) {
    if (form == raw_form) {
        return std::bit_cast<double>(fixed(8));
    }
    const auto digits = signed_varint();
    return decimal(form, digits);
}

double BlockReader::decimal(unsigned form, std::int64_t digits) const {
    if (form >= powers.size()) {
        damaged("a block holds an unknown form of value");
    }
    return static_cast<double>(digits) / powers[form];
}

} // namespace holdfast::spool
