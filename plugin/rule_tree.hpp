#pragma once

#include "plugin/client_names.hpp"
#include "plugin/policy_file.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

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

    using Rules = std::vector<PolicyRule>;

    RuleTree() = default;
    /// A tree for each of the blocks. Their filters must be valid.
    explicit RuleTree(const std::vector<const Rules*>& blocks);

    /// Where the tree of a block begins, by its place among those given.
    NodeId root(std::size_t block) const { return roots_[block]; }

    RuleLines match(NodeId root, std::string_view topic, const ClientNames& names) const noexcept;

    /// One level of a topic; nothing stands for one that no rule mentions.
    using Level = std::optional<std::string_view>;
    /// The rules that end at a node.
    struct Ending {
        RuleLines here;
        RuleLines below; ///< of those that end in `#`, for the node itself, too (`a/#` matches `a`)
    };
    Ending ending_at(NodeId id) const noexcept;
    /// Appends the nodes one level down. Wildcards do not match a first level that begins with `$`.
    void step(NodeId id, const Level& level, bool wildcards, const ClientNames& names,
              std::vector<NodeId>& reached) const;
    /// Calls for each level that the node's rules mention, until one answers true.
    bool any_level(NodeId id, const ClientNames& names,
                   const std::function<bool(std::string_view)>& holds) const;

private:
    /// Of the way from a root to a node. Never 0.
    using PathHash = std::uint32_t;

    enum class Kind : std::uint8_t { literal, with_names, plus };

    // A match reads few nodes, each from somewhere in memory: the smaller they are, the more of
    // them stay in the processor's cache. What is needed less often is in links_ and several_.
    struct alignas(32) Node {
        enum class Rules : std::uint8_t { none, one_here, one_below, several };
        static constexpr std::size_t short_text = 13;
        static constexpr std::uint8_t long_text = short_text + 1; // what text_bytes says then

        PathHash hash = 0; // 0 where there is no node
        NodeId parent = none;
        std::uint32_t line = 0; // of the one rule, or the place in several_
        Rules rules = Rules::none;
        PolicyRule::Access access{}; // of the one rule
        Kind kind = Kind::literal;
        bool has_literals = false; // further down, as the others
        bool has_names = false;
        bool has_plus = false;
        std::uint8_t text_bytes = 0;
        std::array<char, short_text> text{}; // or a LongText
    };
    static_assert(sizeof(Node) == 32);

    struct Links {
        NodeId plus = none;
        NodeId first_literal = none; // and so on by next_sibling
        NodeId first_with_names = none;
        NodeId next_sibling = none;
    };

    /// Where a text is in long_texts_.
    struct LongText {
        std::uint32_t begin;
        std::uint32_t bytes;
    };

    /// One level of a topic, on the way that has no wildcard.
    struct Step {
        PathHash hash;
        std::uint32_t bytes; // of the level
    };
    using Way = std::span<const Step>;
    /// Levels of a topic that are fetched ahead; rules with more are rare.
    static constexpr std::size_t most_fetched = 8;

    static constexpr std::uint64_t hash_spread = 0x9e3779b97f4a7c15; // 2^64 by the golden ratio

    static Kind kind_of(std::string_view level) noexcept;
    static PathHash root_hash(std::size_t block) noexcept;
    static PathHash child_hash(PathHash parent, std::string_view level) noexcept;
    static std::size_t count_nodes(const std::vector<const Rules*>& blocks);
    void make_room(std::size_t nodes);
    NodeId make_node(PathHash hash, NodeId parent, std::string_view level);
    void set_text(Node& node, std::string_view level);
    void add(NodeId root, const PolicyRule& rule);
    void end_at(NodeId id, bool below, const PolicyRule& rule);
    NodeId child(NodeId parent, std::string_view level);

    std::string_view text_of(const Node& node) const noexcept;
    NodeId place_for(PathHash hash) const noexcept;
    NodeId after(NodeId place) const noexcept { return place + 1 < nodes_.size() ? place + 1 : 1; }
    NodeId find(NodeId parent, PathHash hash, Kind kind, std::string_view level) const noexcept;
    Way fetch(NodeId root, std::string_view topic,
              std::array<Step, most_fetched>& steps) const noexcept;
    void walk(NodeId id, std::string_view rest, Way way, bool first, const ClientNames& names,
              RuleLines& found) const noexcept;

    // Hashed by the way to them: open addressing. The first is none.
    std::vector<Node> nodes_ = std::vector<Node>(1);
    std::size_t used_ = 0;
    std::vector<Links> links_ = std::vector<Links>(1); // of each node
    std::vector<Ending> several_;
    std::string long_texts_; // one behind the other
    std::vector<NodeId> roots_;
};

} // namespace holdfast
