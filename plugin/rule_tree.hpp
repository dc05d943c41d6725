#pragma once

#include "plugin/policy_file.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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

/// Topic filters compiled into a tree of levels. What a match costs depends on the levels of the
/// topic and not on the number of rules; it does not allocate.
class RuleTree {
public:
    using NodeId = std::uint32_t;
    static constexpr NodeId root = 0;

    RuleTree();

    /// The filter must be valid. In a pattern, levels with %u or %c are filled in when matching.
    void add(const PolicyRule& rule);
    bool empty() const noexcept { return nodes_.size() == 1 && !has_rule_at_root_; }

    RuleLines match(std::string_view topic, const ClientNames& names) const noexcept;

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
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };
    using Children = std::unordered_map<std::string, NodeId, Hash, std::equal_to<>>;

    struct Node {
        RuleLines here;
        RuleLines below;
        Children literals;
        std::vector<std::pair<std::string, NodeId>> templates;
        NodeId plus = root; // root is nobody's child: none
    };

    NodeId child(NodeId parent, std::string_view level, bool pattern);
    NodeId make_node();
    void walk(NodeId id, std::string_view rest, bool first, const ClientNames& names,
              RuleLines& found) const noexcept;

    std::vector<Node> nodes_;
    bool has_rule_at_root_ = false;
};

} // namespace holdfast
