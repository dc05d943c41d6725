#include "plugin/subscription.hpp"

#include "core/text.hpp"

#include <utility>

namespace holdfast {

namespace {

std::string_view without_share(std::string_view filter) {
    constexpr std::string_view prefix = "$share/";
    if (!filter.starts_with(prefix)) {
        return filter;
    }
    const auto group_end = filter.find('/', prefix.size());
    return group_end == std::string_view::npos ? std::string_view{} : filter.substr(group_end + 1);
}

} // namespace

SubscriptionSearch::SubscriptionSearch(const RuleTree& tree, std::vector<RuleTree::NodeId> own,
                                       std::vector<RuleTree::NodeId> patterns,
                                       const ClientNames& names)
    : tree_(tree)
    , start_{{std::move(own), {}}, {std::move(patterns), {}}}
    , names_(names) {}

Decision SubscriptionSearch::decide(std::string_view filter) {
    levels_ = split(without_share(filter), '/');
    steps_ = 0;
    const auto found = search(start_, 0);
    return found.value_or(Decision{false, 0, Decision::Reason::unreadable});
}

Decision SubscriptionSearch::reading(const Front& front) {
    const auto own = Decision::by(front.own.lines, front.own.lines.read);
    return own.reason == Decision::Reason::rule
               ? own
               : Decision::by(front.patterns.lines, front.patterns.lines.read);
}

// The topic ends here: `a` and `a/#` match it as well.
Decision SubscriptionSearch::reading_here(Front front) const {
    for (auto* tier : {&front.own, &front.patterns}) {
        for (const auto node : tier->nodes) {
            const auto ending = tree_.ending_at(node);
            tier->lines.merge(ending.here);
            tier->lines.merge(ending.below);
        }
    }
    return reading(front);
}

SubscriptionSearch::Front
SubscriptionSearch::stepped(const Front& front, const RuleTree::Level& level, bool first) const {
    const bool wildcards = !first || !level || !level->starts_with('$');
    const auto step = [&](const Tier& tier) {
        Tier next{{}, tier.lines};
        for (const auto node : tier.nodes) {
            if (wildcards) {
                next.lines.merge(tree_.ending_at(node).below);
            }
            tree_.step(node, level, wildcards, names_, next.nodes);
        }
        return next;
    };
    return {step(front.own), step(front.patterns)};
}

std::optional<Decision> SubscriptionSearch::search(const Front& front, std::size_t depth) {
    const auto readable = [](const Decision& decision) {
        return decision.allowed ? std::optional(decision) : std::nullopt;
    };
    if (++steps_ > most_steps) {
        return Decision{true, 0, Decision::Reason::undecided};
    }
    if (front.own.lines.deny != 0) {
        return std::nullopt;
    }
    if (front.own.nodes.empty() && front.patterns.nodes.empty()) {
        return readable(reading(front));
    }
    if (depth >= levels_.size()) {
        // Beyond the filter's last level only `#` leads here.
        if (const auto found = readable(reading_here(front)); found || levels_.back() != "#") {
            return found;
        }
        return search_wildcard(front, depth);
    }
    const auto level = levels_[depth];
    if (level == "#") {
        const auto parent = depth > 0 ? readable(reading_here(front)) : std::nullopt;
        return parent ? parent : search_wildcard(front, depth);
    }
    return level == "+" ? search_wildcard(front, depth)
                        : search(stepped(front, level, depth == 0), depth + 1);
}

std::optional<Decision> SubscriptionSearch::search_wildcard(const Front& front, std::size_t depth) {
    auto found = search(stepped(front, std::nullopt, depth == 0), depth + 1);
    const auto try_level = [&](std::string_view level) {
        // A wildcard does not match a first level that begins with `$`.
        if (depth > 0 || !level.starts_with('$')) {
            found = search(stepped(front, level, depth == 0), depth + 1);
        }
        return found.has_value();
    };
    for (const auto* tier : {&front.own, &front.patterns}) {
        for (const auto node : tier->nodes) {
            if (found || tree_.any_level(node, names_, try_level)) {
                return found;
            }
        }
    }
    return found;
}

} // namespace holdfast
