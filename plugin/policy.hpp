#pragma once

#include "plugin/rule_tree.hpp"

#include <string_view>

namespace holdfast {

/// The answer, and which line of the policy gave it.
struct Decision {
    enum class Reason {
        rule,        ///< `line` allows or denies it
        no_rule,     ///< nothing allows it
        unsafe_name, ///< the user name or client id would widen or dodge a pattern
        unreadable,  ///< a subscription that could never deliver anything
        reserved,    ///< below holdfast/audit/, where only the plugin writes
        not_daemon,  ///< a command of somebody else than the daemon
        no_command,  ///< the daemon asked for something that there is not
        undecided,   ///< allowed because the search was cut short; delivery is judged by itself
    };

    bool allowed;
    unsigned line; ///< 0 unless the reason is a rule
    Reason reason;

    static Decision by(const RuleLines& lines, unsigned allowing) noexcept;
};

std::string_view describe(Decision::Reason reason) noexcept;

/// Who may read and write which topic, as Mosquitto's acl_file says it:
///
/// - first the rules of the user's own blocks: any deny that matches denies, else any allow allows;
///   the lines before the first `user` are for clients without a user name, and for nobody else
/// - if none of them matches, the patterns in the same way; so a user's own allow beats a pattern's
///   deny
/// - if nothing matches, the answer is no
/// - the patterns grant nothing to a client with + or # in its user name or client id
/// - a role's rules are the own rules of those who have it (parse_policy)
///
/// Stricter than Mosquitto in one point: %u and %c stand for one level only. A name that holds `/`
/// or begins with `$` fills in no pattern, and where a deny pattern uses that name, the patterns
/// grant such a client nothing at all.
class Policy {
public:
    enum class Access { read, write };

    Policy() = default;
    explicit Policy(const std::vector<PolicyRule>& rules);

    /// Does not allocate.
    Decision decide(Access access, const ClientNames& names, std::string_view topic) const noexcept;
    /// Refuses a filter when no topic that it matches can be read. `$share/group/` is left out of
    /// account. Mosquitto's own acl_file accepts every subscription.
    Decision decide_subscription(const ClientNames& names, std::string_view filter) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };

    const RuleTree* own_rules(const ClientNames& names) const noexcept;
    bool patterns_apply(const ClientNames& names) const noexcept;

    RuleTree anonymous_;
    RuleTree patterns_;
    std::unordered_map<std::string, RuleTree, Hash, std::equal_to<>> users_;
    bool denies_by_user_ = false;
    bool denies_by_client_ = false;
};

} // namespace holdfast
