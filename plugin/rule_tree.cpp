#include "plugin/rule_tree.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <utility>

namespace holdfast {

namespace {

constexpr std::size_t least_places = 8; // a power of two, as it is whenever it doubles

void keep_lowest(unsigned& line, unsigned other) noexcept {
    if (other != 0 && (line == 0 || other < line)) {
        line = other;
    }
}

bool is_template(std::string_view level) noexcept {
    return level.find("%u") != std::string_view::npos || level.find("%c") != std::string_view::npos;
}

/// What the placeholder at the front stands for; nothing where there is none, or none that fits.
struct Placeholder {
    bool present = false;
    std::optional<std::string_view> name;
};

Placeholder placeholder_at(std::string_view text, const ClientNames& names) noexcept {
    if (text.starts_with("%u")) {
        return {true, names.user};
    }
    if (text.starts_with("%c")) {
        return {true, names.client};
    }
    return {false, std::nullopt};
}

/// Whether `pattern` with its placeholders filled in is `level`; compares in place.
bool template_is(std::string_view pattern, std::string_view level,
                 const ClientNames& names) noexcept {
    while (!pattern.empty()) {
        const auto [present, name] = placeholder_at(pattern, names);
        if (present) {
            if (!name || !ClientNames::fits_a_level(*name) || !level.starts_with(*name)) {
                return false;
            }
            level.remove_prefix(name->size());
            pattern.remove_prefix(2);
        } else {
            if (level.empty() || level.front() != pattern.front()) {
                return false;
            }
            level.remove_prefix(1);
            pattern.remove_prefix(1);
        }
    }
    return level.empty();
}

std::optional<std::string> filled_in(std::string_view pattern, const ClientNames& names) {
    std::string level;
    while (!pattern.empty()) {
        const auto [present, name] = placeholder_at(pattern, names);
        if (!present) {
            level += pattern.front();
            pattern.remove_prefix(1);
        } else if (name && ClientNames::fits_a_level(*name)) {
            level += *name;
            pattern.remove_prefix(2);
        } else {
            return std::nullopt;
        }
    }
    return level;
}

} // namespace

bool ClientNames::fits_a_level(std::string_view name) noexcept {
    return name.find_first_of("+#/") == std::string_view::npos && !name.starts_with('$');
}

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

RuleTree::RuleTree(std::size_t nodes)
    : places_(least_places, none) {
    nodes_.reserve(nodes + 1);
    nodes_.emplace_back();
}

RuleTree::NodeId RuleTree::add_root() {
    return make_node(none, {});
}

void RuleTree::add(NodeId root, const PolicyRule& rule) {
    NodeId node = root;
    for (const auto level : split(rule.filter, '/')) {
        if (level == "#") {
            nodes_[node].below.add(rule.access, rule.line);
            return;
        }
        node = child(node, level);
    }
    nodes_[node].here.add(rule.access, rule.line);
}

RuleTree::NodeId RuleTree::make_node(NodeId parent, std::string_view level) {
    Node node;
    node.parent = parent;
    node.text_bytes = static_cast<std::uint16_t>(level.size()); // a filter has at most 65 535
    if (level.size() <= node.text.size()) {
        std::copy(level.begin(), level.end(), node.text.begin());
    } else {
        node.long_text_at = static_cast<std::uint32_t>(long_texts_.size());
        long_texts_ += level;
    }
    nodes_.push_back(node);
    return static_cast<NodeId>(nodes_.size() - 1);
}

RuleTree::NodeId RuleTree::child(NodeId parent, std::string_view level) {
    if (level == "+") {
        if (nodes_[parent].plus == none) {
            const auto made = make_node(parent, {});
            nodes_[parent].plus = made;
        }
        return nodes_[parent].plus;
    }
    return is_template(level) ? template_or_new(parent, level) : literal_or_new(parent, level);
}

RuleTree::NodeId RuleTree::template_or_new(NodeId parent, std::string_view level) {
    for (auto id = nodes_[parent].first_template; id != none; id = nodes_[id].next_sibling) {
        if (text_of(nodes_[id]) == level) {
            return id;
        }
    }
    const auto made = make_node(parent, level);
    nodes_[made].next_sibling = std::exchange(nodes_[parent].first_template, made);
    return made;
}

RuleTree::NodeId RuleTree::literal_or_new(NodeId parent, std::string_view level) {
    if (const auto found = literal(parent, level); found != none) {
        return found;
    }
    if (++literals_ > places_.size() / 4 * 3) {
        grow_places();
    }
    const auto made = make_node(parent, level);
    nodes_[made].next_sibling = std::exchange(nodes_[parent].first_literal, made);
    places_[place_of(parent, level)] = made;
    return made;
}

// The place that has this child, or the free one where it would go.
std::size_t RuleTree::place_of(NodeId parent, std::string_view level) const noexcept {
    constexpr std::size_t spread = 0x9e3779b97f4a7c15; // 2^64 by the golden ratio
    const auto hash = (std::hash<std::string_view>()(level) ^ parent) * spread;
    const auto mask = places_.size() - 1;
    for (auto place = (hash >> 32U) & mask;; place = (place + 1) & mask) {
        const auto id = places_[place];
        // Its first child was made right after it as a rule, and is read next.
        __builtin_prefetch(nodes_.data() + id + 1);
        if (id == none || (nodes_[id].parent == parent && text_of(nodes_[id]) == level)) {
            return place;
        }
    }
}

void RuleTree::grow_places() {
    const auto before = std::exchange(places_, std::vector<NodeId>(places_.size() * 2, none));
    for (const auto id : before) {
        if (id != none) {
            places_[place_of(nodes_[id].parent, text_of(nodes_[id]))] = id;
        }
    }
}

RuleTree::NodeId RuleTree::literal(NodeId parent, std::string_view level) const noexcept {
    const auto first = nodes_[parent].first_literal;
    if (first == none) {
        return none;
    }
    // An only child lies beside its parent as a rule; the table would be two distant reads.
    if (nodes_[first].next_sibling == none) {
        return text_of(nodes_[first]) == level ? first : none;
    }
    return places_[place_of(parent, level)];
}

RuleLines RuleTree::match(NodeId root, std::string_view topic,
                          const ClientNames& names) const noexcept {
    RuleLines found;
    walk(root, topic, true, names, found);
    return found;
}

// `rest` is what follows the node; the level ends at its first slash.
void RuleTree::walk(NodeId id, std::string_view rest, bool first, const ClientNames& names,
                    RuleLines& found) const noexcept {
    const auto& node = nodes_[id];
    const bool wildcards = !first || !rest.starts_with('$');
    if (wildcards) {
        found.merge(node.below);
    }
    const auto slash = rest.find('/');
    const auto level = rest.substr(0, slash);
    const auto descend = [&](NodeId next) {
        if (slash == std::string_view::npos) {
            found.merge(nodes_[next].here);
            found.merge(nodes_[next].below);
        } else {
            walk(next, rest.substr(slash + 1), false, names, found);
        }
    };
    if (const auto next = literal(id, level); next != none) {
        descend(next);
    }
    if (wildcards && node.plus != none) {
        descend(node.plus);
    }
    for (auto next = node.first_template; next != none; next = nodes_[next].next_sibling) {
        if (template_is(text_of(nodes_[next]), level, names)) {
            descend(next);
        }
    }
}

void RuleTree::step(NodeId id, const Level& level, bool wildcards, const ClientNames& names,
                    std::vector<NodeId>& reached) const {
    const auto& node = nodes_[id];
    if (wildcards && node.plus != none) {
        reached.push_back(node.plus);
    }
    if (!level) {
        return;
    }
    if (const auto next = literal(id, *level); next != none) {
        reached.push_back(next);
    }
    for (auto next = node.first_template; next != none; next = nodes_[next].next_sibling) {
        if (template_is(text_of(nodes_[next]), *level, names)) {
            reached.push_back(next);
        }
    }
}

bool RuleTree::any_level(NodeId id, const ClientNames& names,
                         const std::function<bool(std::string_view)>& holds) const {
    for (auto next = nodes_[id].first_literal; next != none; next = nodes_[next].next_sibling) {
        if (holds(text_of(nodes_[next]))) {
            return true;
        }
    }
    for (auto next = nodes_[id].first_template; next != none; next = nodes_[next].next_sibling) {
        const auto level = filled_in(text_of(nodes_[next]), names);
        if (level && holds(*level)) {
            return true;
        }
    }
    return false;
}

} // namespace holdfast
