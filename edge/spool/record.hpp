#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace holdfast::spool {

/// One column as SQLite stores it: NULL, INTEGER, REAL, TEXT or BLOB.
struct Blob {
    std::string bytes;
    bool operator==(const Blob&) const noexcept = default;
};
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

/// What a page of a table's tree is (sqlite.org/fileformat.html §1.6).
enum class PageKind { table_interior, table_leaf, other };

struct Row {
    std::int64_t key; ///< the rowid; the column that is its alias is stored as NULL
    std::vector<Value> columns;
};

/// Gives a page by its number, or nothing where it cannot be read.
using PageSource = std::function<std::optional<std::string>(std::uint64_t number)>;

/// Page 1 begins with the header of the file.
PageKind kind_of(std::string_view page, std::uint64_t number) noexcept;

/// The children of an interior page, in order. Never throws: what cannot be is left out.
std::vector<std::uint64_t> children_of(std::string_view page, std::uint64_t number);

/// The rows of a leaf page that can be read whole, their overflow pages from `source`; `lost`
/// counts the others. `usable` is the size of a page without its reserved bytes.
std::vector<Row> rows_of(std::string_view page, std::uint64_t number, std::size_t usable,
                         const PageSource& source, std::uint64_t& lost);

} // namespace holdfast::spool
