#pragma once

#include "edge/spool/file_image.hpp"
#include "edge/spool/record.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace holdfast::spool {

/// The rows of one table of a damaged file, leaf by leaf, past pages that cannot be read.
class TreeWalk {
public:
    TreeWalk(const FileImage& image, std::uint64_t root)
        : image_(image)
        , todo_{root} {}

    /// The rows of the next leaf, or nothing at the end.
    std::optional<std::vector<Row>> next();

    /// Pages and rows that could not be read.
    std::uint64_t lost() const noexcept { return lost_; }

private:
    const FileImage& image_;
    std::vector<std::uint64_t> todo_;
    std::set<std::uint64_t> seen_;
    std::uint64_t lost_ = 0;
};

} // namespace holdfast::spool
