#pragma once

#include "plugin/policy.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace holdfast {

/// Looks for a topic that a subscription matches and that its client may read.
///
/// The levels of the filter are walked together with the trees of both tiers. Where the filter has
/// a wildcard, it is enough to try the levels that the rules mention and one that none mentions.
class SubscriptionSearch {
public:
    /// Steps after which the search gives up and allows: a subscriber must not stall the broker.
    static constexpr unsigned most_steps = 10'000;

    /// The roots of either tier; `tree` and `names` must outlive the search.
    SubscriptionSearch(const RuleTree& tree, std::vector<RuleTree::NodeId> own,
                       std::vector<RuleTree::NodeId> patterns, const ClientNames& names);

    Decision decide(std::string_view filter);

private:
    struct Tier {
        std::vector<RuleTree::NodeId> nodes; // that the levels so far can have led to
        RuleLines lines;                     // of the `#` rules passed on the way
    };
    struct Front {
        Tier own;
        Tier patterns;
    };

    static Decision reading(const Front& front);
    Decision reading_here(Front front) const;

    Front stepped(const Front& front, const RuleTree::Level& level, bool first) const;
    std::optional<Decision> search(const Front& front, std::size_t depth);
    std::optional<Decision> search_wildcard(const Front& front, std::size_t depth);

    const RuleTree& tree_;
    Front start_;
    const ClientNames& names_;
    std::vector<std::string_view> levels_;
    unsigned steps_ = 0;
};

} // namespace holdfast
