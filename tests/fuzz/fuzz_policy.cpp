// The policy: InputError is the only failure; an accepted one gives decisions, names a line of the
// file for each, and never lets a subscription be refused that could deliver the topic tried.
#include "core/error.hpp"
#include "core/topic.hpp"
#include "plugin/policy.hpp"

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

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto rules = holdfast::parse_policy(text, "policy");
        const holdfast::Policy policy(rules);
        for (const auto& rule : rules) {
            for (const auto& topic : {rule.filter, rule.filter + "/x", std::string("dev/alice")}) {
                judge(policy, {rule.user, "c1"}, topic, rules.back().line);
                judge(policy, {"alice", "a/b"}, topic, rules.back().line);
            }
        }
    } catch (const holdfast::InputError& error) {
        if (error.line() == 0) {
            std::abort();
        }
    }
    return 0;
}
