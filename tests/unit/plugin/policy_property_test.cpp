// The compiled policy against the plainest reading of the same rules: one after the other.
#include "core/topic.hpp"
#include "plugin/policy.hpp"
#include "support/catch.hpp"
#include "support/random_policy.hpp"

#include <algorithm>

using namespace holdfast;
using holdfast::test::RandomPolicy;

namespace {

using Access = Policy::Access;

std::string filled_in(std::string filter, const ClientNames& names) {
    const auto fill = [&](std::string_view placeholder, std::string_view name) {
        for (auto at = filter.find(placeholder); at != std::string::npos;
             at = filter.find(placeholder, at + name.size())) {
            filter.replace(at, 2, name);
        }
    };
    fill("%c", names.client);
    if (names.user) {
        fill("%u", *names.user);
    }
    return filter;
}

bool grants(const PolicyRule& rule, Access access) {
    return rule.access == PolicyRule::Access::readwrite ||
           rule.access ==
               (access == Access::read ? PolicyRule::Access::read : PolicyRule::Access::write);
}

std::optional<bool> plain_tier(const std::vector<PolicyRule>& rules, Access access,
                               const ClientNames& names, const std::string& topic) {
    std::optional<bool> answer;
    for (const auto& rule : rules) {
        if ((!names.user && rule.filter.find("%u") != std::string::npos) ||
            !topic_matches(filled_in(rule.filter, names), topic)) {
            continue;
        }
        if (rule.access == PolicyRule::Access::deny) {
            return false;
        }
        if (grants(rule, access)) {
            answer = true;
        }
    }
    return answer;
}

std::vector<PolicyRule> own_rules(const PolicyFile& file, const ClientNames& names) {
    if (!names.user) {
        return file.anonymous;
    }
    const auto user = file.users.find(*names.user);
    if (user == file.users.end()) {
        return {};
    }
    auto rules = user->second.rules;
    for (const auto& role : user->second.roles) {
        const auto& more = file.roles.at(role.value).rules;
        rules.insert(rules.end(), more.begin(), more.end());
    }
    return rules;
}

bool plain(const PolicyFile& file, Access access, const ClientNames& names,
           const std::string& topic) {
    const auto own = plain_tier(own_rules(file, names), access, names, topic);
    return own ? *own : plain_tier(file.patterns, access, names, topic).value_or(false);
}

// Every topic of up to four levels over the words of the random policies, and one word they lack.
std::vector<std::string> all_topics(RandomPolicy& random) {
    auto words = random.words();
    words.emplace_back("other");
    std::vector<std::string> topics;
    std::vector<std::string> last{words.begin(), words.end()};
    for (int depth = 1; depth <= 4; ++depth) {
        topics.insert(topics.end(), last.begin(), last.end());
        std::vector<std::string> deeper;
        for (const auto& topic : last) {
            for (const auto& word : words) {
                deeper.push_back(std::string(topic).append("/").append(word));
            }
        }
        last = std::move(deeper);
    }
    std::erase(topics, "");
    return topics;
}

} // namespace

TEST_CASE("the compiled policy decides as its rules read one after the other", "[random]") {
    RandomPolicy random(Catch::rngSeed());
    const auto topics = all_topics(random);
    for (int round = 0; round < 60; ++round) {
        const auto text = random.policy_with_roles();
        const auto file = parse_policy(text, "policy");
        const Policy policy(file);
        const auto user = random.user();
        const ClientNames names{user.empty() ? std::nullopt : std::optional<std::string_view>(user),
                                "c1"};
        for (const auto access : {Access::read, Access::write}) {
            const auto wrong = std::find_if(topics.begin(), topics.end(), [&](const auto& topic) {
                return policy.decide(access, names, topic).allowed !=
                       plain(file, access, names, topic);
            });
            INFO(text << "user " << user);
            CAPTURE(wrong == topics.end() ? "" : *wrong);
            REQUIRE(wrong == topics.end());
        }
    }
}

TEST_CASE("a subscription is accepted exactly when some topic that it matches can be read",
          "[random]") {
    RandomPolicy random(Catch::rngSeed());
    const auto topics = all_topics(random);
    for (int round = 0; round < 60; ++round) {
        const auto text = random.policy_with_roles();
        const Policy policy(parse_policy(text, "policy"));
        const auto user = random.user();
        const ClientNames names{user.empty() ? std::nullopt : std::optional<std::string_view>(user),
                                "c1"};
        std::vector<std::string> readable;
        std::copy_if(topics.begin(), topics.end(), std::back_inserter(readable), [&](auto& topic) {
            return policy.decide(Access::read, names, topic).allowed;
        });
        for (int i = 0; i < 40; ++i) {
            const auto filter = random.filter();
            const bool delivers = std::any_of(readable.begin(), readable.end(), [&](auto& topic) {
                return topic_matches(filter, topic);
            });
            INFO(text << "user " << user << " filter " << filter);
            REQUIRE(policy.decide_subscription(names, filter).allowed == delivers);
        }
    }
}
