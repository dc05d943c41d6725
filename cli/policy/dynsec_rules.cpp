#include "cli/policy/dynsec_rules.hpp"

#include "core/topic_filters.hpp"
#include "plugin/policy_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace holdfast::cli::dynsec {

namespace {

/// One question in a row: the first that applies decides.
struct Step {
    std::string filter;
    bool allow;
};
using Steps = std::vector<Step>;

bool overlap(const std::string& one, const std::string& other) {
    return filters_meet(one, other).has_value();
}

/// As dynamic-security compares a subscription with a subscribePattern: `$` is a letter there, so
/// that # covers $SYS/# too.
bool covers_subscription(const std::string& pattern, const std::string& filter) {
    const auto plain = [](const std::string& text) {
        return text.starts_with('$') ? "x" + text : text;
    };
    return filter_covers(plain(pattern), plain(filter));
}

/// `otherwise` is what is allowed where nothing applies.
Steps steps_of(const Asked& asked, Acl::Type type, const std::vector<std::string>& otherwise) {
    Steps steps;
    for (const auto* acl : asked.acls) {
        if (acl->type == type) {
            steps.push_back({acl->topic, acl->allow});
        }
    }
    for (const auto& filter : otherwise) {
        steps.push_back({filter, true});
    }
    return steps;
}

/// Topics that some subscription reaches.
struct Reach {
    std::vector<std::string> filters;
    std::vector<std::string> lost; ///< by being stricter
};

/// A subscription is judged as a whole: whatever a pattern allows can be had by subscribing to just
/// that pattern, unless a line before it denies exactly this.
void add_reach(const std::string& filter, const std::vector<const Acl*>& before, Reach& reach) {
    bool denied_itself = false;
    bool denied_partly = false;
    for (const auto* acl : before) {
        if (acl->allow) {
            continue;
        }
        if (acl->type == Acl::Type::subscribe_literal) {
            denied_itself = denied_itself || acl->topic == filter;
        } else if (covers_subscription(acl->topic, filter)) {
            return;
        } else {
            denied_partly = denied_partly || overlap(acl->topic, filter);
        }
    }
    const bool one_topic = filter.find_first_of("+#") == std::string::npos;
    if (denied_itself && one_topic) {
        return;
    }
    // Parts of it can be had, by narrower subscriptions.
    (denied_itself && denied_partly ? reach.lost : reach.filters).push_back(filter);
}

Reach reach_of(const Asked& asked, bool otherwise) {
    Reach reach;
    std::vector<const Acl*> before;
    for (const auto* acl : asked.acls) {
        const bool pattern = acl->type == Acl::Type::subscribe_pattern;
        if (!pattern && acl->type != Acl::Type::subscribe_literal) {
            continue;
        }
        if (acl->allow) {
            add_reach(acl->topic, before, reach);
            if (pattern && acl->topic == "#") {
                add_reach("$SYS/#", before, reach);
            }
        }
        before.push_back(acl);
    }
    if (otherwise) {
        add_reach("#", before, reach);
        add_reach("$SYS/#", before, reach);
    }
    return reach;
}

/// Allows and denies that decide without order as `steps` do in theirs.
struct Free {
    std::vector<std::string> allows;
    std::vector<std::string> denies;
    std::vector<std::string> exceptions; ///< allows that a deny takes a part of, as it did not
};

Free without_order(const Steps& steps) {
    const auto covered_before = [&steps](std::size_t at, bool by_allow) {
        return std::any_of(
            steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(at), [&](const Step& step) {
                return step.allow == by_allow && filter_covers(step.filter, steps[at].filter);
            });
    };
    Free free;
    std::vector<std::size_t> allows;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].allow && !covered_before(i, false)) {
            allows.push_back(i);
            free.allows.push_back(steps[i].filter);
        }
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto meets = [&](std::size_t allow) {
            return overlap(steps[allow].filter, steps[i].filter);
        };
        const auto later = std::upper_bound(allows.begin(), allows.end(), i);
        // Where nothing would be allowed anyway, a deny changes nothing.
        if (steps[i].allow || covered_before(i, true) || std::none_of(later, allows.end(), meets)) {
            continue;
        }
        free.denies.push_back(steps[i].filter);
        for (auto earlier = allows.begin(); earlier != later; ++earlier) {
            if (meets(*earlier)) {
                free.exceptions.push_back(steps[*earlier].filter);
            }
        }
    }
    return free;
}

bool any_overlap(const std::vector<std::string>& filters, const std::string& filter) {
    return std::any_of(filters.begin(), filters.end(),
                       [&](const auto& other) { return overlap(other, filter); });
}

/// What some filter of each side has, none of them covered by another.
std::vector<std::string> meetings(const std::vector<std::string>& ones,
                                  const std::vector<std::string>& others) {
    std::vector<std::string> all;
    for (const auto& one : ones) {
        for (const auto& other : others) {
            auto both = filters_meet(one, other);
            const auto covers = [&](const auto& filter) { return filter_covers(filter, *both); };
            if (both && std::none_of(all.begin(), all.end(), covers)) {
                std::erase_if(all,
                              [&](const auto& filter) { return filter_covers(*both, filter); });
                all.push_back(std::move(*both));
            }
        }
    }
    return all;
}

/// Whether the deny, among the lines of a role, decides something about what the line allows that
/// it did not decide in its order. Among those lines a deny takes reading and writing, lines about
/// receiving allow nothing, and denied subscriptions are left out.
bool matters(const Acl& deny, const Acl& allow, bool deny_is_first) {
    using Type = Acl::Type;
    const auto subscribes = [](const Acl& acl) {
        return acl.type == Type::subscribe_literal || acl.type == Type::subscribe_pattern;
    };
    if (subscribes(deny)) {
        return subscribes(allow) && deny_is_first &&
               (overlap(deny.topic, allow.topic) || covers_subscription(deny.topic, allow.topic));
    }
    if (deny.type == allow.type) {
        return !deny_is_first && overlap(deny.topic, allow.topic);
    }
    const bool meant = deny.type == Type::receive && subscribes(allow);
    return !meant && allow.type != Type::receive && overlap(deny.topic, allow.topic);
}

/// A deny of a policy takes reading and writing.
void add_denies(Rules& rules, const Free& free, const std::vector<std::string>& others,
                std::string_view takes_also) {
    for (const auto& filter : free.denies) {
        if (std::find(rules.denies.begin(), rules.denies.end(), filter) == rules.denies.end()) {
            rules.denies.push_back(filter);
        }
        if (any_overlap(others, filter)) {
            rules.differences.push_back(
                fmt::format("the deny of {} takes {} with it", filter, takes_also));
        }
    }
    for (const auto& filter : free.exceptions) {
        rules.differences.push_back(
            fmt::format("a deny takes a part of {}, which came before it", filter));
    }
}

} // namespace

Rules rules_of(const Role& role) {
    Rules rules;
    for (const auto& acl : role.acls) {
        const bool publish = acl.type == Acl::Type::send || acl.type == Acl::Type::receive;
        if (acl.allow && acl.type == Acl::Type::send) {
            rules.allows[acl.topic].write = true;
        } else if (acl.allow && !publish) {
            rules.allows[acl.topic].read = true;
            if (acl.topic == "#" && acl.type == Acl::Type::subscribe_pattern) {
                rules.allows["$SYS/#"].read = true;
            }
        } else if (!acl.allow && publish) {
            rules.denies.push_back(acl.topic);
        }
    }
    return rules;
}

bool order_is_free(const Asked& asked, const Config::Defaults& defaults) {
    if (defaults.send || defaults.subscribe || !defaults.receive ||
        asked.roles.size() > PolicyFile::most_roles) {
        return false;
    }
    for (auto deny = asked.acls.begin(); deny != asked.acls.end(); ++deny) {
        for (auto allow = asked.acls.begin(); allow != asked.acls.end(); ++allow) {
            if (!(*deny)->allow && (*allow)->allow && matters(**deny, **allow, deny < allow)) {
                return false;
            }
        }
    }
    return true;
}

Rules rules_in_order(const Asked& asked, const Config::Defaults& defaults) {
    using Filters = std::vector<std::string>;
    Rules rules;
    const auto reach = reach_of(asked, defaults.subscribe);
    Filters everything{"#"};
    std::copy_if(reach.filters.begin(), reach.filters.end(), std::back_inserter(everything),
                 [](const auto& filter) { return filter.starts_with('$'); });
    const auto send =
        without_order(steps_of(asked, Acl::Type::send, defaults.send ? Filters{"#"} : Filters{}));
    const auto receive = without_order(
        steps_of(asked, Acl::Type::receive, defaults.receive ? everything : Filters{}));
    const auto reads = meetings(reach.filters, receive.allows);
    for (const auto& filter : reads) {
        rules.allows[filter].read = true;
    }
    for (const auto& filter : send.allows) {
        rules.allows[filter].write = true;
    }
    for (const auto& filter : reach.lost) {
        rules.differences.push_back(
            fmt::format("of {} parts could be subscribed to, and nothing now", filter));
    }
    add_denies(rules, send, reads, "reading");
    auto denied = receive;
    // What cannot be read needs no deny, which would take writing.
    std::erase_if(denied.denies, [&](const auto& filter) { return !any_overlap(reads, filter); });
    std::erase_if(denied.exceptions,
                  [&](const auto& filter) { return !any_overlap(reads, filter); });
    add_denies(rules, denied, send.allows, "writing");
    return rules;
}

} // namespace holdfast::cli::dynsec
