#include "plugin/policy.hpp"

#include "plugin/subscription.hpp"

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
    }
    return "unknown";
}

Policy::Policy(const std::vector<PolicyRule>& rules) {
    for (const auto& rule : rules) {
        if (rule.pattern && !rule.user) {
            patterns_.add(rule);
            if (rule.access == PolicyRule::Access::deny) {
                denies_by_user_ = denies_by_user_ || rule.filter.find("%u") != std::string::npos;
                denies_by_client_ =
                    denies_by_client_ || rule.filter.find("%c") != std::string::npos;
            }
        } else if (rule.user) {
            users_[*rule.user].add(rule);
        } else {
            anonymous_.add(rule);
        }
    }
}

const RuleTree* Policy::own_rules(const ClientNames& names) const noexcept {
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
    const auto user = names.user.value_or(std::string_view{});
    const bool dodges = (denies_by_user_ && !ClientNames::fits_a_level(user)) ||
                        (denies_by_client_ && !ClientNames::fits_a_level(names.client));
    return !has_wildcard(user) && !has_wildcard(names.client) && !dodges;
}

Decision Policy::decide(Access access, const ClientNames& names,
                        std::string_view topic) const noexcept {
    const auto answer = [access](const RuleLines& lines) {
        return Decision::by(lines, access == Access::read ? lines.read : lines.write);
    };
    if (const auto* own = own_rules(names)) {
        const auto decision = answer(own->match(topic, names));
        if (decision.reason == Decision::Reason::rule) {
            return decision;
        }
    }
    if (patterns_.empty()) {
        return {false, 0, Decision::Reason::no_rule};
    }
    if (!patterns_apply(names)) {
        return {false, 0, Decision::Reason::unsafe_name};
    }
    return answer(patterns_.match(topic, names));
}

Decision Policy::decide_subscription(const ClientNames& names, std::string_view filter) const {
    return SubscriptionSearch(own_rules(names), patterns_apply(names) ? &patterns_ : nullptr, names)
        .decide(filter);
}

} // namespace holdfast
