#include "cli/policy/check.hpp"

#include "core/identities.hpp"
#include "core/text.hpp"
#include "core/topic_filters.hpp"
#include "core/topics.hpp"
#include "plugin/rule_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

namespace holdfast::cli {

namespace {

using Access = PolicyRule::Access;
using Rules = std::vector<PolicyRule>;

bool reads(const PolicyRule& rule) {
    return rule.access == Access::read || rule.access == Access::readwrite;
}

bool writes(const PolicyRule& rule) {
    return rule.access == Access::write || rule.access == Access::readwrite;
}

/// Where rules stand together, so that a deny among them beats an allow.
struct Place {
    std::string whose; ///< begins a sentence about what it opens
    std::optional<std::string> user;
    bool has_user_name;
};

class Checker {
public:
    Checker(const PolicyFile& policy, const Users& users)
        : policy_(policy)
        , users_(users) {
        std::vector<const Rules*> blocks{&policy.anonymous, &policy.patterns};
        for (const auto* named : {&policy.roles, &policy.users}) {
            for (const auto& [name, block] : *named) {
                blocks.push_back(&block.rules);
            }
        }
        tree_ = RuleTree(blocks);
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            roots_.emplace(blocks[i], tree_.root(i));
        }
    }

    std::vector<Finding> run() {
        check_rules(policy_.anonymous, {}, {"every client without a user name", {}, false});
        check_rules(policy_.patterns, {}, {"every client", {}, true});
        for (const auto& [name, role] : policy_.roles) {
            check_rules(role.rules, {},
                        {fmt::format("everybody with the role '{}'", name), {}, true});
        }
        for (const auto& [name, user] : policy_.users) {
            check_user(name, user);
        }
        check_roles();
        check_users_file();
        std::stable_sort(findings_.begin(), findings_.end(), [](const auto& a, const auto& b) {
            return a.file != b.file ? a.file < b.file : a.line < b.line;
        });
        return std::move(findings_);
    }

private:
    void add(unsigned line, std::string reason) {
        findings_.push_back({Finding::File::policy, line, {}, std::move(reason)});
    }

    void check_user(const std::string& name, const PolicyBlock& user) {
        std::vector<RuleTree::NodeId> roles;
        for (const auto& role : user.roles) {
            roles.push_back(roots_.at(&policy_.roles.at(role.value).rules));
        }
        check_rules(user.rules, roles, {fmt::format("'{}'", name), name, true});
        if (!users_.has(name)) {
            add(user.line, fmt::format("there is no user '{0}' in the users file; 'holdfast user "
                                       "add {0}' adds it",
                                       name));
        }
    }

    void check_rules(const Rules& rules, std::vector<RuleTree::NodeId> beside, const Place& place) {
        beside.push_back(roots_.at(&rules));
        for (const auto& rule : rules) {
            if (const auto reason = never_asked(rule, place)) {
                add(rule.line, fmt::format("never decides: {}", *reason));
            } else if (const auto other = decided_elsewhere(rule, beside)) {
                add(rule.line, fmt::format("never decides: {}", *other));
            } else if (opens_everything(rule) && place.user != identities::edge_user) {
                add(rule.line, fmt::format("opens everything: {} may {} every topic", place.whose,
                                           reads(rule) && writes(rule) ? "read and write"
                                           : reads(rule)               ? "read"
                                                                       : "write"));
            }
        }
    }

    static bool opens_everything(const PolicyRule& rule) {
        return rule.access != Access::deny && filter_covers(rule.filter, "#");
    }

    /// Why the broker never asks about what this rule says.
    static std::optional<std::string> never_asked(const PolicyRule& rule, const Place& place) {
        const auto& filter = rule.filter;
        if (filter.starts_with("$share/")) {
            return "no topic begins with $share; write the topics that are shared";
        }
        if (filter.find("%u") != std::string::npos) {
            if (!place.has_user_name) {
                return "a client without a user name fills in no %u; write user NAME above it";
            }
            if (place.user && !ClientNames::fits_a_level(*place.user)) {
                return "%u takes no name with + # / in it or $ before it";
            }
        }
        if (rule.access != Access::write) {
            return std::nullopt;
        }
        if (filter_covers("$SYS/#", filter) &&
            !filters_meet("$SYS/broker/connection/+/state", filter)) {
            return "no client can write below $SYS";
        }
        if (filter_covers(std::string(topics::audit) + "#", filter)) {
            return "only the broker itself writes there";
        }
        return std::nullopt;
    }

    /// Which other rule always decides in its stead.
    std::optional<std::string> decided_elsewhere(const PolicyRule& rule,
                                                 const std::vector<RuleTree::NodeId>& roots) const {
        RuleLines covering;
        for (const auto root : roots) {
            covering.merge(covering_lines(root, rule.filter));
        }
        if (rule.access == Access::deny) {
            return covering.deny < rule.line
                       ? std::optional(fmt::format("line {} denies all of it", covering.deny))
                       : std::nullopt;
        }
        if (covering.deny != 0) {
            return fmt::format("the deny in line {} takes all of it", covering.deny);
        }
        const auto earlier = [&rule](bool asked, unsigned line) {
            return !asked || line < rule.line;
        };
        if (earlier(reads(rule), covering.read) && earlier(writes(rule), covering.write)) {
            return fmt::format("line {} allows all of it",
                               reads(rule) ? covering.read : covering.write);
        }
        return std::nullopt;
    }

    /// The lines of the rules that have all topics of the filter. A level with a placeholder is
    /// covered by the same text.
    RuleLines covering_lines(RuleTree::NodeId root, std::string_view filter) const {
        const ClientNames as_written{"%u", "%c"};
        RuleLines lines;
        std::vector<RuleTree::NodeId> nodes{root};
        bool first = true;
        for (const auto level : split(filter, '/')) {
            const bool wildcards = !first || !level.starts_with('$');
            first = false;
            std::vector<RuleTree::NodeId> reached;
            for (const auto node : nodes) {
                if (wildcards) {
                    lines.merge(tree_.ending_at(node).below);
                }
                if (level == "+") {
                    tree_.step(node, std::nullopt, wildcards, as_written, reached);
                } else if (level != "#") {
                    tree_.step(node, level, wildcards, as_written, reached);
                }
            }
            nodes = std::move(reached);
        }
        for (const auto node : nodes) {
            const auto ending = tree_.ending_at(node);
            lines.merge(ending.here);
            lines.merge(ending.below);
        }
        return lines;
    }

    void check_roles() {
        std::set<std::string_view> given;
        for (const auto& [name, user] : policy_.users) {
            for (const auto& role : user.roles) {
                given.insert(role.value);
            }
        }
        for (const auto& [name, role] : policy_.roles) {
            if (!given.contains(name)) {
                add(role.line,
                    fmt::format("nobody has the role '{0}'; write 'is {0}' below a user", name));
            }
        }
    }

    bool has_rules(const std::string& name) const {
        const auto found = policy_.users.find(name);
        if (found == policy_.users.end()) {
            return false;
        }
        const auto& roles = found->second.roles;
        return !found->second.rules.empty() ||
               std::any_of(roles.begin(), roles.end(), [this](const auto& role) {
                   return !policy_.roles.at(role.value).rules.empty();
               });
    }

    void check_users_file() {
        if (!policy_.patterns.empty()) {
            return;
        }
        for (const auto* hashes : {&users_.all(), &users_.disabled()}) {
            for (const auto& [name, hash] : *hashes) {
                if (!has_rules(name)) {
                    findings_.push_back(
                        {Finding::File::users, 0, name,
                         fmt::format("'{0}' has no rules: it may log in, and do nothing; write "
                                     "'user {0}' and rules into the policy",
                                     name)});
                }
            }
        }
    }

    const PolicyFile& policy_;
    const Users& users_;
    RuleTree tree_;
    std::map<const Rules*, RuleTree::NodeId> roots_;
    std::vector<Finding> findings_;
};

} // namespace

std::vector<Finding> check_policy(const PolicyFile& policy, const Users& users) {
    return Checker(policy, users).run();
}

} // namespace holdfast::cli
