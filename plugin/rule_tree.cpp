#include "plugin/rule_tree.hpp"

#include "core/text.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <utility>

namespace holdfast {

namespace {

/// A search among many rules reads from all over them. With pages of 4 KiB the processor looks up
/// nearly every one of these addresses in memory, too. Where the kernel has no larger ones, no
/// harm.
void ask_for_large_pages(void* begin, std::size_t bytes) noexcept {
    constexpr std::size_t large_page = 2U * 1024 * 1024;
    std::size_t space = bytes;
    if (std::align(large_page, large_page, begin, space) != nullptr) {
        madvise(begin, space / large_page * large_page, MADV_HUGEPAGE);
    }
}

void keep_lowest(unsigned& line, unsigned other) noexcept {
    if (other != 0 && (line == 0 || other < line)) {
        line = other;
    }
}

} // namespace

void RuleLines::add(PolicyRule::Access access, unsigned line) noexcept {
    using Access = PolicyRule::Access;
    keep_lowest(deny, access == Access::deny ? line : 0);
    keep_lowest(read, access == Access::read || access == Access::readwrite ? line : 0);
    keep_lowest(write, access == Access::write || access == Access::readwrite ? line : 0);
}

void RuleLines::merge(const RuleLines& other) noexcept {
    keep_lowest(deny, other.deny);
    keep_lowest(read, other.read);
    keep_lowest(write, other.write);
}

RuleTree::RuleTree(const std::vector<const Rules*>& blocks) {
    make_room(count_nodes(blocks));
    for (std::size_t block = 0; block < blocks.size(); ++block) {
        roots_.push_back(make_node(root_hash(block), none, {}));
        for (const auto& rule : *blocks[block]) {
            add(roots_.back(), rule);
        }
    }
}

RuleTree::Kind RuleTree::kind_of(std::string_view level) noexcept {
    if (level == "+") {
        return Kind::plus;
    }
    return ClientNames::has_placeholder(level) ? Kind::with_names : Kind::literal;
}

RuleTree::PathHash RuleTree::root_hash(std::size_t block) noexcept {
    return static_cast<PathHash>(((block + 1) * hash_spread) >> 32U) | 1U;
}

/// Rules have most of their levels in common.
std::size_t RuleTree::count_nodes(const std::vector<const Rules*>& blocks) {
    std::vector<PathHash> ways;
    for (std::size_t block = 0; block < blocks.size(); ++block) {
        ways.push_back(root_hash(block));
        for (const auto& rule : *blocks[block]) {
            auto way = root_hash(block);
            for (const auto level : split(rule.filter, '/')) {
                way = child_hash(way, level);
                ways.push_back(way);
            }
        }
    }
    std::sort(ways.begin(), ways.end());
    return static_cast<std::size_t>(
        std::distance(ways.begin(), std::unique(ways.begin(), ways.end())));
}

void RuleTree::make_room(std::size_t nodes) {
    // A third stays free, so that a search ends soon; and some for hashes that were the same.
    const auto places = nodes + nodes / 2 + 16;
    nodes_.reserve(places);
    ask_for_large_pages(nodes_.data(), places * sizeof(Node));
    nodes_.resize(places);
    links_.resize(places);
}

void RuleTree::set_text(Node& node, std::string_view level) {
    if (level.size() <= node.text.size()) {
        node.text_bytes = static_cast<std::uint8_t>(level.size());
        std::copy(level.begin(), level.end(), node.text.begin());
    } else {
        const LongText at{static_cast<std::uint32_t>(long_texts_.size()),
                          static_cast<std::uint32_t>(level.size())};
        node.text_bytes = Node::long_text;
        std::memcpy(node.text.data(), &at, sizeof(at));
        long_texts_ += level;
    }
}

RuleTree::NodeId RuleTree::make_node(PathHash hash, NodeId parent, std::string_view level) {
    if (++used_ + 1 >= nodes_.size()) {
        throw std::length_error("more levels in the policy than were counted");
    }
    auto place = place_for(hash);
    while (nodes_[place].hash != 0) {
        place = after(place);
    }
    nodes_[place].hash = hash;
    nodes_[place].parent = parent;
    set_text(nodes_[place], level);
    return place;
}

void RuleTree::add(NodeId root, const PolicyRule& rule) {
    NodeId node = root;
    for (const auto level : split(rule.filter, '/')) {
        if (level == "#") {
            return end_at(node, true, rule);
        }
        node = child(node, level);
    }
    end_at(node, false, rule);
}

void RuleTree::end_at(NodeId id, bool below, const PolicyRule& rule) {
    auto& node = nodes_[id];
    if (node.rules == Node::Rules::none) {
        node.rules = below ? Node::Rules::one_below : Node::Rules::one_here;
        node.access = rule.access;
        node.line = rule.line;
        return;
    }
    if (node.rules != Node::Rules::several) {
        several_.push_back(ending_at(id));
        node.rules = Node::Rules::several;
        node.line = static_cast<std::uint32_t>(several_.size() - 1);
    }
    auto& ending = several_[node.line];
    (below ? ending.below : ending.here).add(rule.access, rule.line);
}

RuleTree::NodeId RuleTree::child(NodeId parent, std::string_view level) {
    const auto kind = kind_of(level);
    const auto hash = child_hash(nodes_[parent].hash, level);
    if (const auto found = find(parent, hash, kind, level); found != none) {
        return found;
    }
    const auto made = make_node(hash, parent, level);
    nodes_[made].kind = kind;
    auto& links = links_[parent];
    switch (kind) {
    case Kind::plus:
        nodes_[parent].has_plus = true;
        links.plus = made;
        break;
    case Kind::literal:
        nodes_[parent].has_literals = true;
        links_[made].next_sibling = std::exchange(links.first_literal, made);
        break;
    case Kind::with_names:
        nodes_[parent].has_names = true;
        links_[made].next_sibling = std::exchange(links.first_with_names, made);
        break;
    }
    return made;
}

} // namespace holdfast
