// What is asked of a RuleTree; rule_tree.cpp makes it.
#include "plugin/rule_tree.hpp"

#include <cstring>

namespace holdfast {

RuleTree::PathHash RuleTree::child_hash(PathHash parent, std::string_view level) noexcept {
    const auto mixed = [](std::uint64_t hash, std::uint64_t word) {
        hash = (hash ^ word) * hash_spread;
        return hash ^ (hash >> 32U);
    };
    std::uint64_t hash = mixed(parent, level.size());
    std::uint64_t word = 0;
    for (; level.size() >= sizeof(word); level.remove_prefix(sizeof(word))) {
        std::memcpy(&word, level.data(), sizeof(word));
        hash = mixed(hash, word);
    }
    word = 0;
    for (const auto byte : level) {
        word = word << 8U | static_cast<unsigned char>(byte);
    }
    return static_cast<PathHash>(mixed(hash, word)) | 1U;
}

/// The first place to look at for a node.
RuleTree::NodeId RuleTree::place_for(PathHash hash) const noexcept {
    return static_cast<NodeId>(1 + ((std::uint64_t{hash} * (nodes_.size() - 1)) >> 32U));
}

std::string_view RuleTree::text_of(const Node& node) const noexcept {
    if (node.text_bytes != Node::long_text) {
        return {node.text.data(), node.text_bytes};
    }
    LongText at{};
    std::memcpy(&at, node.text.data(), sizeof(at));
    return std::string_view(long_texts_).substr(at.begin, at.bytes);
}

RuleTree::Ending RuleTree::ending_at(NodeId id) const noexcept {
    const auto& node = nodes_[id];
    Ending ending;
    switch (node.rules) {
    case Node::Rules::none:
        break;
    case Node::Rules::one_here:
        ending.here.add(node.access, node.line);
        break;
    case Node::Rules::one_below:
        ending.below.add(node.access, node.line);
        break;
    case Node::Rules::several:
        return several_[node.line];
    }
    return ending;
}

RuleTree::NodeId RuleTree::find(NodeId parent, PathHash hash, Kind kind,
                                std::string_view level) const noexcept {
    for (auto place = place_for(hash);; place = after(place)) {
        const auto& node = nodes_[place];
        if (node.hash == 0) {
            return none;
        }
        // The hash is only a hint.
        if (node.hash == hash && node.parent == parent && node.kind == kind &&
            text_of(node) == level) {
            return place;
        }
    }
}

/// Has the memory bring what a search for the topic reads first, all at the same time. The hashes
/// of the way without wildcards, as far as they were needed.
RuleTree::Way RuleTree::fetch(NodeId root, std::string_view topic,
                              std::array<Step, most_fetched>& steps) const noexcept {
    auto hash = nodes_[root].hash;
    std::size_t levels = 0;
    for (bool more = true; more && levels < steps.size(); ++levels) {
        const auto level = topic.substr(0, topic.find('/'));
        hash = child_hash(hash, level);
        const auto place = place_for(hash);
        __builtin_prefetch(&nodes_[place]);
        steps[levels] = {hash, static_cast<std::uint32_t>(level.size())};
        more = level.size() < topic.size();
        topic.remove_prefix(level.size() + (more ? 1 : 0));
    }
    return Way(steps).first(levels);
}

RuleLines RuleTree::match(NodeId root, std::string_view topic,
                          const ClientNames& names) const noexcept {
    std::array<Step, most_fetched> steps; // NOLINT(*-member-init): fetch() fills what is read
    RuleLines found;
    walk(root, topic, fetch(root, topic, steps), true, names, found);
    return found;
}

// `rest` is what follows the node; the level ends at its first slash. `way` has the hashes of the
// levels from there on, where they are known.
void RuleTree::walk(NodeId id, std::string_view rest, Way way, bool first, const ClientNames& names,
                    RuleLines& found) const noexcept {
    const auto& node = nodes_[id];
    const bool wildcards = !first || !rest.starts_with('$');
    if (wildcards && node.rules != Node::Rules::none) {
        found.merge(ending_at(id).below);
    }
    const auto level = rest.substr(0, way.empty() ? rest.find('/') : way.front().bytes);
    const auto descend = [&](NodeId next, Way further) {
        if (level.size() < rest.size()) {
            walk(next, rest.substr(level.size() + 1), further, false, names, found);
        } else if (nodes_[next].rules != Node::Rules::none) {
            const auto ending = ending_at(next);
            found.merge(ending.here);
            found.merge(ending.below);
        }
    };
    if (node.has_literals) {
        const auto hash = way.empty() ? child_hash(node.hash, level) : way.front().hash;
        if (const auto next = find(id, hash, Kind::literal, level); next != none) {
            descend(next, way.empty() ? way : way.subspan(1));
        }
    }
    if (wildcards && node.has_plus) {
        descend(links_[id].plus, {});
    }
    for (auto next = node.has_names ? links_[id].first_with_names : none; next != none;
         next = links_[next].next_sibling) {
        if (names.make(text_of(nodes_[next]), level)) {
            descend(next, {});
        }
    }
}

void RuleTree::step(NodeId id, const Level& level, bool wildcards, const ClientNames& names,
                    std::vector<NodeId>& reached) const {
    const auto& links = links_[id];
    if (wildcards && links.plus != none) {
        reached.push_back(links.plus);
    }
    if (!level) {
        return;
    }
    const auto hash = child_hash(nodes_[id].hash, *level);
    if (const auto next = find(id, hash, Kind::literal, *level); next != none) {
        reached.push_back(next);
    }
    for (auto next = links.first_with_names; next != none; next = links_[next].next_sibling) {
        if (names.make(text_of(nodes_[next]), *level)) {
            reached.push_back(next);
        }
    }
}

bool RuleTree::any_level(NodeId id, const ClientNames& names,
                         const std::function<bool(std::string_view)>& holds) const {
    for (auto next = links_[id].first_literal; next != none; next = links_[next].next_sibling) {
        if (holds(text_of(nodes_[next]))) {
            return true;
        }
    }
    for (auto next = links_[id].first_with_names; next != none; next = links_[next].next_sibling) {
        const auto level = names.fill_in(text_of(nodes_[next]));
        if (level && holds(*level)) {
            return true;
        }
    }
    return false;
}

} // namespace holdfast
