#include "plugin/explain.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace holdfast {

namespace {

Decision decide(const Policy& policy, const Question& question) {
    const ClientNames names{question.user, question.client};
    if (const auto login = policy.admits(names, question.address); !login.allowed) {
        return login;
    }
    switch (question.access) {
    case Question::Access::read:
        return policy.decide(Policy::Access::read, names, question.topic);
    case Question::Access::write:
        return policy.decide(Policy::Access::write, names, question.topic);
    case Question::Access::subscribe:
        break;
    }
    return policy.decide_subscription(names, question.topic);
}

bool has_line(const PolicyBlock& block, unsigned line) {
    const auto is_it = [line](const auto& entry) { return entry.line == line; };
    return std::any_of(block.rules.begin(), block.rules.end(), is_it) ||
           std::any_of(block.client_ids.begin(), block.client_ids.end(), is_it) ||
           std::any_of(block.networks.begin(), block.networks.end(), is_it);
}

} // namespace

Explanation explain(std::string_view policy, std::string_view path, const Question& question) {
    const auto file = parse_policy(policy, path);
    Explanation answer{decide(Policy(file), question), {}, {}};
    const auto line = answer.decision.line;
    if (line == 0) {
        return answer;
    }
    answer.text = trim(split(policy, '\n').at(line - 1));
    for (const auto& [name, role] : file.roles) {
        if (has_line(role, line)) {
            answer.role = name;
        }
    }
    return answer;
}

} // namespace holdfast
