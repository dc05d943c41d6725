#include "edge/spool/block.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace holdfast::spool {

namespace {

constexpr char format_1 = 1;
constexpr std::size_t checksum_size = 4;
// Two blocks fill a page of 1024 bytes, so that little of a page stays empty.
constexpr std::size_t full_block = 470;

constexpr unsigned form_bits = 4;
constexpr unsigned raw_form = 15;
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

std::uint64_t zigzag(std::int64_t value) noexcept {
    return static_cast<std::uint64_t>(value) << 1U ^ (value < 0 ? ~std::uint64_t{0} : 0);
}

std::int64_t unzigzag(std::uint64_t value) noexcept {
    return static_cast<std::int64_t>(value >> 1U ^ ((value & 1U) != 0 ? ~std::uint64_t{0} : 0));
}

void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out.append(text);
}

struct Decimal {
    unsigned form;
    std::int64_t digits;
};

/// The shortest decimal form that gives back the same bits, raw_form if there is none.
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

class Reader {
public:
    Reader(std::string_view bytes, std::string_view where)
        : left_(bytes)
        , where_(where) {}

    bool at_end() const noexcept { return left_.empty(); }

    [[noreturn]] void damaged(std::string_view reason) const {
        throw DatabaseDamaged(where_, reason, 0);
    }

    std::string_view take(std::uint64_t size) {
        if (size > left_.size()) {
            damaged("a block ends too early");
        }
        const auto taken = left_.substr(0, static_cast<std::size_t>(size));
        left_.remove_prefix(taken.size());
        return taken;
    }

    std::uint64_t fixed(unsigned bytes) {
        std::uint64_t value = 0;
        unsigned shift = 0;
        for (const char byte : take(bytes)) {
            value |= std::uint64_t{static_cast<unsigned char>(byte)} << shift;
            shift += 8;
        }
        return value;
    }

    std::uint64_t varint() {
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

    std::string text() { return std::string(take(varint())); }

private:
    std::string_view left_;
    std::string_view where_;
};

double read_value(Reader& reader, unsigned form) {
    if (form == raw_form) {
        return std::bit_cast<double>(reader.fixed(8));
    }
    if (form >= powers.size()) {
        reader.damaged("a block holds an unknown form of value");
    }
    return static_cast<double>(unzigzag(reader.varint())) / powers[form];
}

Message read_message(Reader& reader, BootTime at) {
    const auto flags = static_cast<unsigned>(reader.fixed(1));
    auto topic = reader.text();
    auto payload = reader.text();
    return {std::move(topic), std::move(payload), static_cast<int>(flags & 3U), (flags & 4U) != 0,
            at};
}

} // namespace

void BlockWriter::clear() {
    bytes_.assign(1, format_1);
    count_ = 0;
    previous_ = BootTime(0);
}

bool BlockWriter::full() const noexcept {
    return bytes_.size() >= full_block;
}

void BlockWriter::add_time(BootTime at) {
    put_varint(bytes_, zigzag((at - previous_).count()));
    previous_ = at;
    ++count_;
}

void BlockWriter::add(const Sample& sample) {
    const auto decimal = as_decimal(sample.value);
    put_varint(bytes_, static_cast<std::uint64_t>(sample.series) << form_bits | decimal.form);
    add_time(sample.at);
    if (decimal.form == raw_form) {
        put_fixed(bytes_, std::bit_cast<std::uint64_t>(sample.value), 8);
    } else {
        put_varint(bytes_, zigzag(decimal.digits));
    }
}

void BlockWriter::add(const Message& message) {
    put_varint(bytes_, 0);
    add_time(message.at);
    bytes_.push_back(
        static_cast<char>(static_cast<unsigned>(message.qos) | (message.retain ? 4U : 0U)));
    put_text(bytes_, message.topic);
    put_text(bytes_, message.payload);
}

std::string BlockWriter::take() {
    put_fixed(bytes_, crc32(bytes_), checksum_size);
    auto finished = std::move(bytes_);
    clear();
    return finished;
}

std::vector<BlockItem> read_block(std::string_view bytes, std::string_view where) {
    const auto body = bytes.substr(0, bytes.size() - std::min(bytes.size(), checksum_size));
    Reader reader(body, where);
    if (Reader(bytes.substr(body.size()), where).fixed(checksum_size) != crc32(body)) {
        reader.damaged("the checksum of a block is wrong");
    }
    if (reader.take(1).front() != format_1) {
        reader.damaged("a block has an unknown format");
    }
    std::vector<BlockItem> items;
    BootTime at(0);
    while (!reader.at_end()) {
        const auto tag = reader.varint();
        at += BootTime(unzigzag(reader.varint()));
        if (tag == 0) {
            items.push_back({at, read_message(reader, at)});
            continue;
        }
        const auto value = read_value(reader, static_cast<unsigned>(tag & raw_form));
        items.push_back({at, ReadingRow{static_cast<SeriesId>(tag >> form_bits), value}});
    }
    return items;
}

} // namespace holdfast::spool
