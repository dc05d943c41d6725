#include "edge/spool/record.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace holdfast::spool {

namespace {

constexpr std::size_t file_header_size = 100; // before the first page's own
constexpr unsigned char interior_page = 0x05;
constexpr unsigned char leaf_page = 0x0d;
constexpr std::size_t largest_payload = std::size_t{64} << 20U;
constexpr std::size_t most_columns = 100;

std::size_t start_of(std::uint64_t number) noexcept {
    return number == 1 ? file_header_size : 0;
}

/// Reads what a page says about itself and never beyond its end.
class Cursor {
public:
    Cursor(std::string_view bytes, std::size_t at) noexcept
        : bytes_(bytes)
        , at_(at) {}

    bool good() const noexcept { return good_; }
    std::size_t at() const noexcept { return at_; }

    std::string_view take(std::size_t size) noexcept {
        if (!good_ || at_ > bytes_.size() || size > bytes_.size() - at_) {
            good_ = false;
            return {};
        }
        at_ += size;
        return bytes_.substr(at_ - size, size);
    }

    std::uint64_t number(std::size_t size) noexcept {
        std::uint64_t value = 0;
        for (const char byte : take(size)) {
            value = value << 8U | static_cast<unsigned char>(byte);
        }
        return value;
    }

    /// SQLite's own kind: big-endian, nine bytes at most, the ninth whole.
    std::uint64_t varint() noexcept {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i) {
            const auto byte = number(1);
            value = value << 7U | (byte & 0x7fU);
            if (byte < 0x80U) {
                return value;
            }
        }
        return value << 8U | number(1);
    }

private:
    std::string_view bytes_;
    std::size_t at_;
    bool good_ = true;
};

std::vector<std::size_t> cells_of(std::string_view page, std::uint64_t number,
                                  std::size_t header_size) {
    const auto count = Cursor(page, start_of(number) + 3).number(2);
    Cursor pointers(page, start_of(number) + header_size);
    std::vector<std::size_t> cells;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto cell = pointers.number(2);
        if (!pointers.good()) {
            break;
        }
        cells.push_back(cell);
    }
    return cells;
}

std::int64_t signed_number(Cursor& body, std::size_t size) noexcept {
    const auto value = body.number(size);
    const auto unused = 64 - 8 * size;
    return static_cast<std::int64_t>(value << unused) >> unused;
}

std::optional<Value> value_of(Cursor& body, std::uint64_t type) {
    constexpr std::array<std::size_t, 7> sizes{0, 1, 2, 3, 4, 6, 8};
    if (type == 0) {
        return Value();
    }
    if (type <= 6) {
        return Value(signed_number(body, sizes[type]));
    }
    if (type == 7) {
        return Value(std::bit_cast<double>(body.number(8)));
    }
    if (type == 8 || type == 9) {
        return Value(static_cast<std::int64_t>(type - 8));
    }
    if (type < 12) {
        return std::nullopt;
    }
    auto bytes = std::string(body.take(static_cast<std::size_t>((type - 12) / 2)));
    return type % 2 == 0 ? Value(Blob{std::move(bytes)}) : Value(std::move(bytes));
}

std::optional<std::vector<Value>> columns_of(std::string_view record) {
    Cursor header(record, 0);
    const auto header_size = header.varint();
    Cursor body(record, static_cast<std::size_t>(header_size));
    std::vector<Value> columns;
    while (header.good() && header.at() < header_size) {
        auto value = value_of(body, header.varint());
        if (!value || !header.good() || !body.good() || columns.size() == most_columns) {
            return std::nullopt;
        }
        columns.push_back(std::move(*value));
    }
    return header.good() ? std::optional(std::move(columns)) : std::nullopt;
}

/// How much of a payload lies in its leaf (§1.6).
std::size_t local_size(std::size_t payload, std::size_t usable) noexcept {
    if (payload <= usable - 35) {
        return payload;
    }
    const auto least = (usable - 12) * 32 / 255 - 23;
    const auto size = least + (payload - least) % (usable - 4);
    return size <= usable - 35 ? size : least;
}

std::optional<std::string> payload_of(Cursor& cell, std::size_t size, std::size_t usable,
                                      const PageSource& source) {
    std::string payload(cell.take(local_size(size, usable)));
    std::uint64_t next = payload.size() < size ? cell.number(4) : 0;
    while (cell.good() && payload.size() < size) {
        const auto page = next == 0 ? std::nullopt : source(next);
        if (!page || page->size() < usable) {
            return std::nullopt;
        }
        next = Cursor(*page, 0).number(4);
        payload.append(*page, 4, std::min(usable - 4, size - payload.size()));
    }
    return cell.good() ? std::optional(std::move(payload)) : std::nullopt;
}

std::optional<Row> row_at(std::string_view page, std::size_t at, std::size_t usable,
                          const PageSource& source) {
    Cursor cell(page, at);
    const auto size = cell.varint();
    const auto key = static_cast<std::int64_t>(cell.varint());
    if (!cell.good() || size > largest_payload) {
        return std::nullopt;
    }
    const auto payload = payload_of(cell, static_cast<std::size_t>(size), usable, source);
    if (!payload) {
        return std::nullopt;
    }
    auto columns = columns_of(*payload);
    return columns ? std::optional(Row{key, std::move(*columns)}) : std::nullopt;
}

} // namespace

PageKind kind_of(std::string_view page, std::uint64_t number) noexcept {
    switch (Cursor(page, start_of(number)).number(1)) {
    case interior_page:
        return PageKind::table_interior;
    case leaf_page:
        return PageKind::table_leaf;
    default:
        return PageKind::other;
    }
}

std::vector<std::uint64_t> children_of(std::string_view page, std::uint64_t number) {
    std::vector<std::uint64_t> children;
    for (const auto cell : cells_of(page, number, 12)) {
        children.push_back(Cursor(page, cell).number(4));
    }
    children.push_back(Cursor(page, start_of(number) + 8).number(4));
    return children;
}

std::vector<Row> rows_of(std::string_view page, std::uint64_t number, std::size_t usable,
                         const PageSource& source, std::uint64_t& lost) {
    std::vector<Row> rows;
    for (const auto cell : cells_of(page, number, 8)) {
        if (auto row = row_at(page, cell, usable, source)) {
            rows.push_back(std::move(*row));
        } else {
            ++lost;
        }
    }
    return rows;
}

} // namespace holdfast::spool
