#pragma once

#include "plugin/rule_tree.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
        too_large,   ///< the payload, for the limit in `line`
        too_fast,    ///< more messages than the limit in `line` lets through
        too_many_subscriptions, ///< for the limit in `line`
        client_id,              ///< not an id that the `clientid` lines from `line` on allow
        address,                ///< not an address that the `from` lines from `line` on allow
        admitted,               ///< no `clientid` or `from` line is in the way
    };

    bool allowed;
    unsigned line; ///< 0 unless the reason is a line of the policy
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
///
/// Beyond that, a role's rules are the own rules of those who have it, and %u and %c are filled in
/// in every rule. They stand for one level only: a name that holds `/`, `+` or `#` or begins with
/// `$` fills in nothing, and where a deny uses that name, the rules beside the deny grant such a
/// client nothing at all. Nobody may write below topics::audit, whatever the rules say.
class Policy {
public:
    enum class Access { read, write };

    Policy() = default;
    explicit Policy(const PolicyFile& file);

    /// Does not allocate; what it costs does not depend on the number of rules.
    Decision decide(Access access, const ClientNames& names, std::string_view topic) const noexcept;
    /// Refuses a filter when no topic that it matches can be read. `$share/group/` is left out of
    /// account. Mosquitto's own acl_file accepts every subscription.
    Decision decide_subscription(const ClientNames& names, std::string_view filter) const;
    /// Whether this client may log in as its user at all, as far as `clientid` and `from` lines
    /// say: each block of the user and of its roles that has such lines must have one that fits.
    /// Without an address `from` lines are left out of account.
    Decision admits(const ClientNames& names,
                    std::optional<std::string_view> address) const noexcept;
    /// Nothing for a user without limits.
    const Limits* limits_of(std::string_view user) const noexcept;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };
    /// Which names the denies beside a rule use, so that a name that fits no level would dodge one.
    struct DenyNames {
        bool user = false;
        bool client = false;

        void add(const std::vector<PolicyRule>& rules);
        bool dodged_by(const ClientNames& names) const noexcept;
    };
    /// What one block says about who may be its user.
    struct Conditions {
        std::vector<PolicyLine<std::string>> client_ids;
        std::vector<PolicyLine<Network>> networks;

        Decision admit(const ClientNames& names,
                       std::optional<std::string_view> address) const noexcept;
    };
    /// A block, or all blocks of a user, compiled.
    struct Rules {
        std::vector<RuleTree::NodeId> roots;
        DenyNames denies;
        std::vector<std::uint32_t> conditions; // in conditions_
        Limits limits;

        void add(const Rules& role);
    };

    /// `block` is the rules' place among those that the tree was made of.
    Rules compile_rules(const std::vector<PolicyRule>& rules, std::size_t block) const;
    Rules compile(const PolicyBlock& lines, std::size_t block);
    const Rules* own_rules(const ClientNames& names) const noexcept;
    bool patterns_apply(const ClientNames& names) const noexcept;

    RuleTree tree_;
    Rules anonymous_;
    Rules patterns_;
    std::unordered_map<std::string, Rules, Hash, std::equal_to<>> users_;
    std::vector<Conditions> conditions_;
    bool has_limits_ = false;
};

} // namespace holdfast
