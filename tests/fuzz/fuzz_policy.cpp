// The policy: InputError is the only failure; an accepted one gives decisions, names a line of the
// file for each, and never lets a subscription be refused that could deliver the topic tried.
#include "core/error.hpp"
#include "core/topic.hpp"
#include "plugin/policy.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace {

void judge(const holdfast::Policy& policy, const holdfast::ClientNames& names,
           const std::string& topic, unsigned lines) {
    using Access = holdfast::Policy::Access;
    if (holdfast::topic_name_fault(topic)) {
        return;
    }
    const auto read = policy.decide(Access::read, names, topic);
    const auto write = policy.decide(Access::write, names, topic);
    if (read.line > lines || write.line > lines || (read.allowed && read.line == 0)) {
        std::abort();
    }
    if (read.allowed && !policy.decide_subscription(names, topic).allowed &&
        topic.rfind("$share/", 0) != 0) {
        std::abort();
    }
}

void judge_rules(const holdfast::Policy& policy, std::optional<std::string_view> user,
                 const std::vector<holdfast::PolicyRule>& rules, unsigned lines) {
    for (const auto& rule : rules) {
        for (const auto& topic : {rule.filter, rule.filter + "/x", std::string("dev/alice")}) {
            judge(policy, {user, "c1"}, topic, lines);
            judge(policy, {user, "a/b"}, topic, lines);
        }
    }
}

void judge_login(const holdfast::Policy& policy, std::string_view user, unsigned lines) {
    for (const auto* address : {"10.0.0.7", "::1", "", "nowhere"}) {
        const auto login = policy.admits({user, "alice-1"}, address);
        if (login.line > lines || login.allowed != (login.line == 0)) {
            std::abort();
        }
    }
    policy.limits_of(user);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto file = holdfast::parse_policy(text, "policy");
        const holdfast::Policy policy(file);
        const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n') + 1);
        judge_rules(policy, std::nullopt, file.anonymous, lines);
        judge_rules(policy, "alice", file.patterns, lines);
        for (const auto* blocks : {&file.users, &file.roles}) {
            for (const auto& [name, block] : *blocks) {
                judge_rules(policy, name, block.rules, lines);
                judge_login(policy, name, lines);
            }
        }
    } catch (const holdfast::InputError& error) {
        if (error.line() == 0) {
            std::abort();
        }
    }
    return 0;
}
