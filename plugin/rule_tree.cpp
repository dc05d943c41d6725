#include "plugin/rule_tree.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace holdfast {

namespace {

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

RuleTree::RuleTree()
    : nodes_(1) {}

void RuleTree::add(const PolicyRule& rule) {
    NodeId node = root;
    for (const auto level : split(rule.filter, '/')) {
        if (level == "#") {
            has_rule_at_root_ = has_rule_at_root_ || node == root;
            nodes_[node].below.add(rule.access, rule.line);
            return;
        }
        node = child(node, level, rule.pattern);
    }
    nodes_[node].here.add(rule.access, rule.line);
}

RuleTree::NodeId RuleTree::make_node() {
    nodes_.emplace_back();
    return static_cast<NodeId>(nodes_.size() - 1);
}

RuleTree::NodeId RuleTree::child(NodeId parent, std::string_view level, bool pattern) {
    if (level == "+") {
        if (nodes_[parent].plus == root) {
            const auto made = make_node();
            nodes_[parent].plus = made;
        }
        return nodes_[parent].plus;
    }
    if (pattern && is_template(level)) {
        for (const auto& [text, node] : nodes_[parent].templates) {
            if (text == level) {
                return node;
            }
        }
        const auto made = make_node();
        nodes_[parent].templates.emplace_back(level, made);
        return made;
    }
    const auto found = nodes_[parent].literals.find(level);
    if (found != nodes_[parent].literals.end()) {
        return found->second;
    }
    const auto made = make_node();
    nodes_[parent].literals.emplace(level, made);
    return made;
}

RuleLines RuleTree::match(std::string_view topic, const ClientNames& names) const noexcept {
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
    if (!node.literals.empty()) {
        if (const auto next = node.literals.find(level); next != node.literals.end()) {
            descend(next->second);
        }
    }
    if (wildcards && node.plus != root) {
        descend(node.plus);
    }
    for (const auto& [text, next] : node.templates) {
        if (template_is(text, level, names)) {
            descend(next);
        }
    }
}

void RuleTree::step(NodeId id, const Level& level, bool wildcards, const ClientNames& names,
                    std::vector<NodeId>& reached) const {
    const auto& node = nodes_[id];
    if (wildcards && node.plus != root) {
        reached.push_back(node.plus);
    }
    if (!level) {
        return;
    }
    if (const auto next = node.literals.find(*level); next != node.literals.end()) {
        reached.push_back(next->second);
    }
    for (const auto& [text, next] : node.templates) {
        if (template_is(text, *level, names)) {
            reached.push_back(next);
        }
    }
}

bool RuleTree::any_level(NodeId id, const ClientNames& names,
                         const std::function<bool(std::string_view)>& holds) const {
    const auto& node = nodes_[id];
    const auto template_holds = [&](const auto& entry) {
        const auto level = filled_in(entry.first, names);
        return level && holds(*level);
    };
    return std::any_of(node.literals.begin(), node.literals.end(),
                       [&](const auto& entry) { return holds(entry.first); }) ||
           std::any_of(node.templates.begin(), node.templates.end(), template_holds);
}

} // namespace holdfast
