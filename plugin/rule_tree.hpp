#pragma once

#include "plugin/policy_file.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// Who asks. A client without a user name is anonymous.
struct ClientNames {
    std::optional<std::string_view> user;
    std::string_view client;

    /// Whether the name can stand for exactly one level, and not for a `$` topic.
    static bool fits_a_level(std::string_view name) noexcept;
};

/// The lowest line of each kind among the rules that match; 0 is none.
struct RuleLines {
    unsigned deny = 0;
    unsigned read = 0;
    unsigned write = 0;

    void add(PolicyRule::Access access, unsigned line) noexcept;
    void merge(const RuleLines& other) noexcept;
};

/// Topic filters compiled into trees of levels, one tree for each user, role or what else has rules
/// of its own. What a match costs depends on the levels of the topic and not on the number of
/// rules; it does not allocate. Levels with %u or %c are filled in when matching.
class RuleTree {
public:
    using NodeId = std::uint32_t;
    static constexpr NodeId none = 0;

    /// `nodes` is how many there will be at most, if known: it saves the memory of growing.
    explicit RuleTree(std::size_t nodes = 0);

    /// A tree without rules.
    NodeId add_root();
    /// The filter must be valid.
    void add(NodeId root, const PolicyRule& rule);

    RuleLines match(NodeId root, std::string_view topic, const ClientNames& names) const noexcept;

    /// One level of a topic; nothing stands for one that no rule mentions.
    using Level = std::optional<std::string_view>;
    /// Rules for everything below the node, which includes the node itself (`a/#` matches `a`).
    const RuleLines& below(NodeId node) const { return nodes_[node].below; }
    const RuleLines& here(NodeId node) const { return nodes_[node].here; }
    /// Appends the nodes one level down. Wildcards do not match a first level that begins with `$`.
    void step(NodeId id, const Level& level, bool wildcards, const ClientNames& names,
              std::vector<NodeId>& reached) const;
    /// Calls for each level that the node's rules mention, until one answers true.
    bool any_level(NodeId id, const ClientNames& names,
                   const std::function<bool(std::string_view)>& holds) const;

private:
    // One line of a processor's cache: a match reads few nodes, each from somewhere in memory.
    struct alignas(64) Node {
        static constexpr std::size_t short_text = 14;

        RuleLines here;
        RuleLines below;
        NodeId parent = none;
        NodeId plus = none;
        NodeId first_literal = none; // and so on by next_sibling
        NodeId first_template = none;
        NodeId next_sibling = none;
        std::uint32_t long_text_at = 0; // in long_texts_
        std::uint16_t text_bytes = 0;
        std::array<char, short_text> text{}; // where it fits
    };
    static_assert(sizeof(Node) == 64);

    std::string_view text_of(const Node& node) const noexcept {
        return node.text_bytes <= Node::short_text
                   ? std::string_view(node.text.data(), node.text_bytes)
                   : std::string_view(long_texts_).substr(node.long_text_at, node.text_bytes);
    }
    NodeId make_node(NodeId parent, std::string_view level);
    NodeId child(NodeId parent, std::string_view level);
    NodeId literal(NodeId parent, std::string_view level) const noexcept;
    NodeId literal_or_new(NodeId parent, std::string_view level);
    NodeId template_or_new(NodeId parent, std::string_view level);
    std::size_t place_of(NodeId parent, std::string_view level) const noexcept;
    void grow_places();
    void walk(NodeId id, std::string_view rest, bool first, const ClientNames& names,
              RuleLines& found) const noexcept;

    std::vector<Node> nodes_;    // the first is none
    std::string long_texts_;     // one behind the other
    std::vector<NodeId> places_; // literals, hashed by parent and text: open addressing
    std::size_t literals_ = 0;
};

} // namespace holdfast
