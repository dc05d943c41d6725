#include "cli/policy/dynsec_asked.hpp"

#include <algorithm>

namespace holdfast::cli::dynsec {

namespace {

void sort_by_priority(std::vector<Member>& all) {
    std::stable_sort(all.begin(), all.end(),
                     [](const Member& a, const Member& b) { return a.priority > b.priority; });
}

/// The role's lines in the order of asking: literals before patterns.
std::vector<const Acl*> in_order(const Role& role) {
    std::vector<const Acl*> acls;
    for (const auto& acl : role.acls) {
        acls.push_back(&acl);
    }
    std::stable_sort(acls.begin(), acls.end(), [](const Acl* a, const Acl* b) {
        return a->type != b->type ? a->type < b->type : a->priority > b->priority;
    });
    return acls;
}

void append_roles(const Config& config, std::vector<Member> members, Asked& asked) {
    sort_by_priority(members);
    for (const auto& member : members) {
        const auto* const role = config.role(member.name);
        if (std::find(asked.roles.begin(), asked.roles.end(), role) == asked.roles.end()) {
            asked.roles.push_back(role);
            const auto acls = in_order(*role);
            asked.acls.insert(asked.acls.end(), acls.begin(), acls.end());
        }
    }
}

} // namespace

Asked asked_for(const Config& config, const Client& client) {
    Asked asked;
    append_roles(config, client.roles, asked);
    std::vector<Member> groups;
    for (const auto& group : config.groups) {
        for (const auto& member : group.clients) {
            if (member.name == client.name) {
                groups.push_back({group.name, member.priority});
            }
        }
    }
    sort_by_priority(groups);
    for (const auto& group : groups) {
        append_roles(config, config.group(group.name)->roles, asked);
    }
    return asked;
}

Asked asked_for_anonymous(const Config& config) {
    Asked asked;
    if (config.anonymous_group) {
        append_roles(config, config.group(*config.anonymous_group)->roles, asked);
    }
    return asked;
}

} // namespace holdfast::cli::dynsec
