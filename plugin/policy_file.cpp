#include "plugin/policy_file.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/topic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <utility>

namespace holdfast {

namespace {

using Access = PolicyRule::Access;

// isspace(3) in the C locale, which is what Mosquitto trims with.
constexpr std::string_view white_space = " \t\n\v\f\r";

// TOPIC_HIERARCHY_LIMIT of Mosquitto; deeper topics never reach a plugin.
constexpr std::ptrdiff_t most_slashes = 200;

// Each role counts once for everybody who has it; some 200 bytes a rule.
constexpr std::size_t most_rules = 1'000'000;

bool has_placeholder(std::string_view filter) {
    return filter.find("%u") != std::string_view::npos ||
           filter.find("%c") != std::string_view::npos;
}

std::string_view trim_end(std::string_view text) {
    return text.substr(0, text.find_last_not_of(white_space) + 1);
}

std::string_view trim_both(std::string_view text) {
    const auto first = text.find_first_not_of(white_space);
    return first == std::string_view::npos ? std::string_view{} : trim_end(text.substr(first));
}

/// Takes the first word off `rest`; only the blank separates words.
std::string_view take_word(std::string_view& rest) {
    const auto first = rest.find_first_not_of(' ');
    if (first == std::string_view::npos) {
        return rest = {};
    }
    const auto end = rest.find(' ', first);
    const auto word = rest.substr(first, end - first);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return word;
}

Access parse_access(std::string_view word) {
    if (word == "read") {
        return Access::read;
    }
    if (word == "write") {
        return Access::write;
    }
    if (word == "readwrite") {
        return Access::readwrite;
    }
    if (word == "deny") {
        return Access::deny;
    }
    throw Error(
        fmt::format("unknown access {}; it is read, write, readwrite or deny", quoted(word)));
}

PolicyRule parse_rule(unsigned line, bool pattern, std::string_view rest) {
    const auto first = take_word(rest);
    if (first.empty()) {
        throw Error("there is no topic; a line reads: topic read sensors/#");
    }
    const bool has_access = !rest.empty();
    const auto filter = has_access ? trim_both(rest) : first;
    const auto access = has_access ? parse_access(first) : Access::readwrite;
    if (const auto fault = topic_filter_fault(filter)) {
        throw Error(fmt::format("{} is no topic filter: {}", quoted(filter), *fault));
    }
    if (const auto slashes = std::count(filter.begin(), filter.end(), '/');
        slashes > most_slashes) {
        throw Error(
            fmt::format("the filter has {} slashes; Mosquitto takes {}", slashes, most_slashes));
    }
    return {line, access, std::string(filter), pattern, std::nullopt};
}

/// `example` is a whole line.
std::string parse_name(std::string_view rest, std::string_view whose, std::string_view example) {
    const auto name = trim_both(rest);
    if (name.empty()) {
        throw Error(fmt::format("there is no {} name; a line reads: {}", whose, example));
    }
    return std::string(name);
}

[[noreturn]] void refuse_keyword(std::string_view word) {
    // Not "is", which is close to every short word.
    constexpr std::array<std::string_view, 4> keywords{"user", "topic", "pattern", "role"};
    const auto meant = nearest(word, keywords);
    throw Error(fmt::format("unknown keyword {}; {}", quoted(word),
                            meant ? fmt::format("did you mean {}?", *meant)
                                  : "a line begins with user, topic, pattern, role, is or #"));
}

/// Takes a policy line by line; at the end the roles become rules of those who have them.
class PolicyReader {
public:
    void take(unsigned line, std::string_view text);
    /// `path` is for the message.
    std::vector<PolicyRule> finish(std::string_view path);

private:
    using Membership = std::pair<std::string, std::string>; // user and role

    void add_rule(unsigned line, bool pattern, std::string_view rest);
    void add_membership(unsigned line, std::string_view rest);
    void give_role(const Membership& membership);

    std::vector<PolicyRule> rules_;
    std::map<std::string, std::vector<PolicyRule>, std::less<>> roles_;
    std::map<Membership, unsigned> memberships_; // and the line that says so
    std::optional<std::string> user_;            // of the block, if it is a user's
    std::optional<std::string> role_;            // of the block, if it is a role's
};

void PolicyReader::take(unsigned line, std::string_view text) {
    auto rest = trim_end(text);
    if (rest.starts_with('#')) {
        return;
    }
    const auto keyword = take_word(rest);
    if (keyword == "topic" || keyword == "pattern") {
        add_rule(line, keyword == "pattern", rest);
    } else if (keyword == "user") {
        user_ = parse_name(rest, keyword, "user alice");
        role_.reset();
    } else if (keyword == "role") {
        role_ = parse_name(rest, keyword, "role sensor");
        roles_.try_emplace(*role_);
        user_.reset();
    } else if (keyword == "is") {
        add_membership(line, rest);
    } else if (!keyword.empty()) {
        refuse_keyword(keyword);
    }
}

void PolicyReader::add_rule(unsigned line, bool pattern, std::string_view rest) {
    auto rule = parse_rule(line, pattern, rest);
    if (!role_) {
        rule.user = pattern ? std::nullopt : user_;
        rules_.push_back(std::move(rule));
        return;
    }
    if (pattern) {
        throw Error("a pattern is for everybody and belongs in no role; write topic, in a role it "
                    "takes %u and %c as well");
    }
    rule.pattern = has_placeholder(rule.filter);
    // A client that chose a name with a slash would dodge it.
    if (rule.pattern && rule.access == Access::deny) {
        throw Error("a deny in a role takes no %u and no %c; write it as a pattern");
    }
    roles_[*role_].push_back(std::move(rule));
}

void PolicyReader::add_membership(unsigned line, std::string_view rest) {
    auto role = parse_name(rest, "role", "is sensor");
    if (!user_) {
        throw Error("only a user can have a role; write the line below a user line");
    }
    memberships_.try_emplace({*user_, std::move(role)}, line);
}

void PolicyReader::give_role(const Membership& membership) {
    const auto& [user, name] = membership;
    const auto role = roles_.find(name);
    if (role == roles_.end()) {
        throw Error(fmt::format("there is no role {}; add a line: role {}", quoted(name), name));
    }
    if (rules_.size() + role->second.size() > most_rules) {
        throw Error(fmt::format("with this role the users have more than {} rules; what holds for "
                                "everybody can be a pattern",
                                most_rules));
    }
    for (auto rule : role->second) {
        rule.user = user;
        rules_.push_back(std::move(rule));
    }
}

std::vector<PolicyRule> PolicyReader::finish(std::string_view path) {
    for (const auto& [membership, line] : memberships_) {
        try {
            give_role(membership);
        } catch (const Error& error) {
            throw InputError(path, line, error.what());
        }
    }
    std::stable_sort(rules_.begin(), rules_.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return std::move(rules_);
}

} // namespace

std::vector<PolicyRule> parse_policy(std::string_view text, std::string_view path) {
    PolicyReader reader;
    unsigned line = 0;
    for (const auto raw : split(text, '\n')) {
        ++line;
        try {
            reader.take(line, raw);
        } catch (const Error& error) {
            throw InputError(path, line, error.what());
        }
    }
    return reader.finish(path);
}

} // namespace holdfast
