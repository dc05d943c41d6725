#include "edge/spool/tree_walk.hpp"

namespace holdfast::spool {

std::optional<std::vector<Row>> TreeWalk::next() {
    while (!todo_.empty()) {
        const auto number = todo_.back();
        todo_.pop_back();
        if (number == 0 || number > image_.page_count() || !seen_.insert(number).second) {
            ++lost_;
            continue;
        }
        const auto page = image_.page(number);
        const auto kind = page ? kind_of(*page, number) : PageKind::other;
        if (kind == PageKind::table_leaf) {
            const auto source = [this](std::uint64_t wanted) { return image_.page(wanted); };
            return rows_of(*page, number, image_.usable_bytes(), source, lost_);
        }
        if (kind == PageKind::table_interior) {
            const auto children = children_of(*page, number);
            todo_.insert(todo_.end(), children.rbegin(), children.rend());
        } else {
            ++lost_;
        }
    }
    return std::nullopt;
}

} // namespace holdfast::spool
