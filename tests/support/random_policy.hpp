#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::test {

/// Policies, names, filters and topics over few words, so that rules meet often. The same seed
/// gives the same sequence.
class RandomPolicy {
public:
    explicit RandomPolicy(unsigned seed)
        : engine_(seed) {}

    const std::vector<std::string_view>& words() const noexcept { return words_; }
    /// Empty is the anonymous one. The policies have rules for bob too.
    std::string user() { return pick({"", "alice", "alice"}); }
    std::string topic() {
        auto text = pick(words_);
        for (auto levels = below(3); levels > 0; --levels) {
            text += "/" + pick(words_);
        }
        return text.empty() ? "a" : text;
    }
    /// At most three levels, wildcards among them.
    std::string filter() { return filter_of({"a", "b", "", "+", "+", "$x"}); }
    std::string policy() {
        std::string text = below(2) == 0 ? "" : rules("topic", 1);
        for (const auto* name : {"alice", "bob", "alice"}) {
            text += "user " + std::string(name) + "\n" + rules("topic", below(4));
        }
        return text + rules("pattern", below(4));
    }

    /// With what an acl_file does not have.
    std::string policy_with_roles() {
        std::string text = policy();
        for (const auto* name : {"walker", "talker"}) {
            text += "role " + std::string(name) + "\n" + rules("topic", below(3), true);
        }
        for (const auto* line :
             {"user alice\nis walker\n", "user alice\nis talker\n", "user bob\nis talker\n"}) {
            text += below(2) == 0 ? line : "";
        }
        return text + "user alice\n" + rules("topic", below(2), true);
    }

private:
    unsigned below(unsigned limit) {
        return std::uniform_int_distribution<unsigned>(0, limit - 1)(engine_);
    }
    std::string pick(const std::vector<std::string_view>& from) {
        return std::string(from[below(static_cast<unsigned>(from.size()))]);
    }
    std::string filter_of(const std::vector<std::string_view>& levels) {
        std::string text;
        for (auto more = 1 + below(3); more > 0; --more) {
            text += pick(levels) + (more > 1 ? "/" : "");
        }
        if (below(4) == 0) {
            return text.empty() ? "#" : text + "/#";
        }
        return text.empty() ? "+" : text;
    }
    std::string rules(const std::string& keyword, unsigned count, bool templates = false) {
        std::string text;
        for (; count > 0; --count) {
            const auto filter = keyword == "topic" && !templates
                                    ? filter_of({"a", "b", "", "+", "$x", "alice"})
                                    : filter_of({"a", "", "+", "%u", "%c", "%c-%u", "x%u"});
            text += keyword;
            text += pick({" ", " read ", " write ", " readwrite ", "  deny "});
            text += filter;
            text += '\n';
        }
        return text;
    }

    std::mt19937 engine_;
    std::vector<std::string_view> words_{"a", "b", "", "$x", "alice", "c1", "c1-alice", "xalice"};
};

} // namespace holdfast::test
