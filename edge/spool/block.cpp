#include "edge/spool/block.hpp"

#include "edge/spool/block_bytes.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace holdfast::spool {

namespace {

constexpr char dense_format = 1;
constexpr char sparse_format = 2;
constexpr std::size_t checksum_size = 4;
// Two blocks fill a page of 1024 bytes, so that little of a page stays empty.
constexpr std::size_t full_block = 470;

constexpr unsigned form_bits = 4;
constexpr unsigned form_mask = 15;
constexpr unsigned merged_form = 14;

std::uint64_t tag_of(SeriesId series, unsigned form) noexcept {
    return static_cast<std::uint64_t>(series) << form_bits | form;
}

/// The digits of a value with more decimals than it needs; nothing where they would be too many.
std::optional<std::int64_t> digits_at(const Decimal& decimal, unsigned form) noexcept {
    constexpr std::int64_t most = std::int64_t{1} << 53U;
    auto digits = decimal.digits;
    for (auto at = decimal.form; at < form; ++at) {
        if (std::abs(digits) > most / 10) {
            return std::nullopt;
        }
        digits *= 10;
    }
    return digits;
}

void put_merged(std::string& out, const ReadingRow& row) {
    const std::array values{row.value, row.spread->least, row.spread->greatest};
    std::array<Decimal, 3> decimals{};
    std::transform(values.begin(), values.end(), decimals.begin(), as_decimal);
    const auto form = std::max({decimals[0].form, decimals[1].form, decimals[2].form});
    const auto mean = digits_at(decimals[0], form);
    const auto least = digits_at(decimals[1], form);
    const auto greatest = digits_at(decimals[2], form);
    if (form == raw_form || !mean || !least || !greatest) {
        put_fixed(out, raw_form, 1);
        for (const double value : values) {
            put_value(out, {raw_form, 0}, value);
        }
        return;
    }
    put_fixed(out, form, 1);
    put_signed(out, *mean);
    put_signed(out, *mean - *least);
    put_signed(out, *greatest - *mean);
}

ReadingRow read_merged(BlockReader& reader, SeriesId series) {
    const auto count = reader.varint();
    const auto span = BootTime(static_cast<std::int64_t>(reader.varint()));
    const auto form = static_cast<unsigned>(reader.fixed(1));
    if (form == raw_form) {
        const double mean = reader.value(form);
        const double least = reader.value(form);
        return {series, mean, Spread{count, least, reader.value(form), span}};
    }
    const auto mean = reader.signed_varint();
    const auto least = mean - reader.signed_varint();
    const auto greatest = mean + reader.signed_varint();
    return {series, reader.decimal(form, mean),
            Spread{count, reader.decimal(form, least), reader.decimal(form, greatest), span}};
}

Message read_message(BlockReader& reader, BootTime at) {
    const auto flags = static_cast<unsigned>(reader.fixed(1));
    auto topic = reader.text();
    auto payload = reader.text();
    return {std::move(topic), std::move(payload), static_cast<int>(flags & 3U), (flags & 4U) != 0,
            at};
}

ReadingRow read_reading(BlockReader& reader, std::uint64_t tag) {
    const auto series = static_cast<SeriesId>(tag >> form_bits);
    const auto form = static_cast<unsigned>(tag & form_mask);
    if (form != merged_form) {
        return {series, reader.value(form), {}};
    }
    return read_merged(reader, series);
}

} // namespace

void BlockWriter::clear() {
    bytes_.assign(1, layout_ == Layout::dense ? dense_format : sparse_format);
    count_ = 0;
    previous_ = BootTime(0);
}

bool BlockWriter::full() const noexcept {
    return bytes_.size() >= full_block;
}

void BlockWriter::add_time(BootTime at) {
    put_signed(bytes_, (at - previous_).count());
    previous_ = at;
    ++count_;
}

void BlockWriter::add_reading(const ReadingRow& row, BootTime at) {
    if (!row.spread) {
        const auto decimal = as_decimal(row.value);
        put_varint(bytes_, tag_of(row.series, decimal.form));
        add_time(at);
        put_value(bytes_, decimal, row.value);
        return;
    }
    put_varint(bytes_, tag_of(row.series, merged_form));
    add_time(at);
    put_varint(bytes_, row.spread->count);
    put_varint(bytes_, static_cast<std::uint64_t>(row.spread->span.count()));
    put_merged(bytes_, row);
}

void BlockWriter::add(const Sample& sample) {
    add_reading({sample.series, sample.value, {}}, sample.at);
}

void BlockWriter::add(const Message& message) {
    put_varint(bytes_, 0);
    add_time(message.at);
    bytes_.push_back(
        static_cast<char>(static_cast<unsigned>(message.qos) | (message.retain ? 4U : 0U)));
    put_text(bytes_, message.topic);
    put_text(bytes_, message.payload);
}

void BlockWriter::add(const BlockItem& item) {
    if (layout_ == Layout::sparse) {
        put_varint(bytes_, item.places.size() - 1);
        count_ += item.places.size() - 1;
    }
    if (const auto* const row = std::get_if<ReadingRow>(&item.content)) {
        add_reading(*row, item.at);
    } else {
        add(std::get<Message>(item.content));
    }
}

std::string BlockWriter::take() {
    put_fixed(bytes_, crc32(bytes_), checksum_size);
    auto finished = std::move(bytes_);
    clear();
    return finished;
}

std::vector<BlockItem> read_block(std::string_view bytes, std::string_view where) {
    const auto body = bytes.substr(0, bytes.size() - std::min(bytes.size(), checksum_size));
    BlockReader reader(body, where);
    if (BlockReader(bytes.substr(body.size()), where).fixed(checksum_size) != crc32(body)) {
        reader.damaged("the checksum of a block is wrong");
    }
    const char format = reader.take(1).front();
    if (format != dense_format && format != sparse_format) {
        reader.damaged("a block has an unknown format");
    }
    std::vector<BlockItem> items;
    BootTime at(0);
    Seq next = 0;
    while (!reader.at_end()) {
        const Seq skipped = format == sparse_format ? reader.varint() : 0;
        const SeqRange places{next, next + skipped};
        next = places.last + 1;
        const auto tag = reader.varint();
        at += BootTime(reader.signed_varint());
        if (tag == 0) {
            items.push_back({at, read_message(reader, at), places});
        } else {
            items.push_back({at, read_reading(reader, tag), places});
        }
    }
    return items;
}

} // namespace holdfast::spool
