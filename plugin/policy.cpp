#include "plugin/policy.hpp"

#include "core/topics.hpp"
#include "plugin/subscription.hpp"

#include <algorithm>

namespace holdfast {

Decision Decision::by(const RuleLines& lines, unsigned allowing) noexcept {
    if (lines.deny != 0) {
        return {false, lines.deny, Reason::rule};
    }
    if (allowing != 0) {
        return {true, allowing, Reason::rule};
    }
    return {false, 0, Reason::no_rule};
}

std::string_view describe(Decision::Reason reason) noexcept {
    switch (reason) {
    case Decision::Reason::rule:
        return "a rule says so";
    case Decision::Reason::no_rule:
        return "no rule allows it";
    case Decision::Reason::unsafe_name:
        return "the user name or client id holds + # / or begins with $";
    case Decision::Reason::unreadable:
        return "nothing it matches may be read";
    case Decision::Reason::reserved:
        return "only the broker itself writes there";
    case Decision::Reason::not_daemon:
        return "only the daemon may give commands";
    case Decision::Reason::no_command:
        return "there is no such command";
    case Decision::Reason::undecided:
        return "judged at delivery";
    case Decision::Reason::too_large:
        return "the payload is larger than the limit";
    case Decision::Reason::too_fast:
        return "more messages than the limit";
    case Decision::Reason::too_many_subscriptions:
        return "more subscriptions than the limit";
    case Decision::Reason::client_id:
        return "the user may not log in with this client id";
    case Decision::Reason::address:
        return "the user may not log in from this address";
    case Decision::Reason::admitted:
        return "may log in";
    }
    return "unknown";
}

void Policy::DenyNames::add(const std::vector<PolicyRule>& rules) {
    for (const auto& rule : rules) {
        if (rule.access == PolicyRule::Access::deny) {
            user = user || rule.filter.find("%u") != std::string::npos;
            client = client || rule.filter.find("%c") != std::string::npos;
        }
    }
}

bool Policy::DenyNames::dodged_by(const ClientNames& names) const noexcept {
    return (user && !ClientNames::fits_a_level(names.user.value_or(std::string_view{}))) ||
           (client && !ClientNames::fits_a_level(names.client));
}

Decision Policy::Conditions::admit(const ClientNames& names,
                                   std::optional<std::string_view> address) const noexcept {
    const auto id_fits = [&](const auto& line) {
        return client_id_matches(line.value, names.client, names.user.value_or(std::string_view{}));
    };
    if (!client_ids.empty() && std::none_of(client_ids.begin(), client_ids.end(), id_fits)) {
        return {false, client_ids.front().line, Decision::Reason::client_id};
    }
    if (!networks.empty() && address) {
        const auto parsed = parse_address(*address);
        if (!parsed || std::none_of(networks.begin(), networks.end(), [&](const auto& line) {
                return line.value.contains(*parsed);
            })) {
            return {false, networks.front().line, Decision::Reason::address};
        }
    }
    return {true, 0, Decision::Reason::admitted};
}

void Policy::Rules::add(const Rules& role) {
    roots.insert(roots.end(), role.roots.begin(), role.roots.end());
    denies.user = denies.user || role.denies.user;
    denies.client = denies.client || role.denies.client;
    conditions.insert(conditions.end(), role.conditions.begin(), role.conditions.end());
    limits.tighten(role.limits);
}

namespace {

/// All rules, block by block in the order in which Policy compiles them.
std::vector<const RuleTree::Rules*> rules_of(const PolicyFile& file) {
    std::vector<const RuleTree::Rules*> rules{&file.anonymous, &file.patterns};
    for (const auto* blocks : {&file.roles, &file.users}) {
        for (const auto& [name, block] : *blocks) {
            rules.push_back(&block.rules);
        }
    }
    return rules;
}

} // namespace

Policy::Policy(const PolicyFile& file)
    : tree_(rules_of(file)) {
    std::size_t block = 0;
    anonymous_ = compile_rules(file.anonymous, block++);
    patterns_ = compile_rules(file.patterns, block++);
    std::unordered_map<std::string_view, Rules> roles;
    for (const auto& [name, role] : file.roles) {
        roles.emplace(name, compile(role, block++));
    }
    users_.reserve(file.users.size());
    for (const auto& [name, lines] : file.users) {
        auto& user = users_.emplace(name, compile(lines, block++)).first->second;
        for (const auto& role : lines.roles) {
            user.add(roles.at(role.value));
        }
        has_limits_ = has_limits_ || !user.limits.none();
    }
}

Policy::Rules Policy::compile_rules(const std::vector<PolicyRule>& rules, std::size_t block) const {
    Rules compiled;
    if (!rules.empty()) {
        compiled.roots.push_back(tree_.root(block));
    }
    compiled.denies.add(rules);
    return compiled;
}

Policy::Rules Policy::compile(const PolicyBlock& lines, std::size_t block) {
    auto compiled = compile_rules(lines.rules, block);
    if (!lines.client_ids.empty() || !lines.networks.empty()) {
        compiled.conditions.push_back(static_cast<std::uint32_t>(conditions_.size()));
        conditions_.push_back({lines.client_ids, lines.networks});
    }
    compiled.limits = lines.limits;
    return compiled;
}

const Policy::Rules* Policy::own_rules(const ClientNames& names) const noexcept {
    if (!names.user) {
        return &anonymous_;
    }
    const auto found = users_.find(*names.user);
    return found == users_.end() ? nullptr : &found->second;
}

bool Policy::patterns_apply(const ClientNames& names) const noexcept {
    const auto has_wildcard = [](std::string_view name) {
        return name.find_first_of("+#") != std::string_view::npos;
    };
    return !has_wildcard(names.user.value_or(std::string_view{})) && !has_wildcard(names.client) &&
           !patterns_.denies.dodged_by(names);
}

Decision Policy::decide(Access access, const ClientNames& names,
                        std::string_view topic) const noexcept {
    if (access == Access::write && topic.starts_with(topics::audit)) {
        return {false, 0, Decision::Reason::reserved};
    }
    const auto answer = [&](const Rules& rules) {
        RuleLines lines;
        for (const auto root : rules.roots) {
            lines.merge(tree_.match(root, topic, names));
        }
        return Decision::by(lines, access == Access::read ? lines.read : lines.write);
    };
    if (const auto* own = own_rules(names)) {
        if (own->denies.dodged_by(names)) {
            return {false, 0, Decision::Reason::unsafe_name};
        }
        const auto decision = answer(*own);
        if (decision.reason == Decision::Reason::rule) {
            return decision;
        }
    }
    if (patterns_.roots.empty()) {
        return {false, 0, Decision::Reason::no_rule};
    }
    if (!patterns_apply(names)) {
        return {false, 0, Decision::Reason::unsafe_name};
    }
    return answer(patterns_);
}

Decision Policy::decide_subscription(const ClientNames& names, std::string_view filter) const {
    const auto* own = own_rules(names);
    if (own != nullptr && own->denies.dodged_by(names)) {
        return {false, 0, Decision::Reason::unsafe_name};
    }
    using Roots = std::vector<RuleTree::NodeId>;
    return SubscriptionSearch(tree_, own != nullptr ? own->roots : Roots{},
                              patterns_apply(names) ? patterns_.roots : Roots{}, names)
        .decide(filter);
}

Decision Policy::admits(const ClientNames& names,
                        std::optional<std::string_view> address) const noexcept {
    if (const auto* own = own_rules(names)) {
        for (const auto index : own->conditions) {
            if (const auto decision = conditions_[index].admit(names, address); !decision.allowed) {
                return decision;
            }
        }
    }
    return {true, 0, Decision::Reason::admitted};
}

const Limits* Policy::limits_of(std::string_view user) const noexcept {
    if (!has_limits_) {
        return nullptr;
    }
    const auto found = users_.find(user);
    return found == users_.end() || found->second.limits.none() ? nullptr : &found->second.limits;
}

} // namespace holdfast
