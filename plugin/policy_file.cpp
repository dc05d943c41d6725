#include "plugin/policy_file.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/topic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace holdfast {

namespace {

using Access = PolicyRule::Access;

// isspace(3) in the C locale, which is what Mosquitto trims with.
constexpr std::string_view white_space = " \t\n\v\f\r";

// TOPIC_HIERARCHY_LIMIT of Mosquitto; deeper topics never reach a plugin.
constexpr std::ptrdiff_t most_slashes = 200;

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

PolicyRule parse_rule(unsigned line, std::string_view rest) {
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
    return {line, access, std::string(filter)};
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
    constexpr std::array<std::string_view, 7> keywords{"user",     "topic", "pattern", "role",
                                                       "clientid", "from",  "limit"};
    const auto meant = nearest(word, keywords);
    throw Error(fmt::format("unknown keyword {}; {}", quoted(word),
                            meant ? fmt::format("did you mean {}?", *meant)
                                  : "a line begins with user, role, topic, pattern, is, clientid, "
                                    "from, limit or #"));
}

/// Takes a policy line by line.
class PolicyReader {
public:
    void take(unsigned line, std::string_view text);
    /// `path` is for the message.
    PolicyFile finish(std::string_view path);

private:
    enum class Place { before_all, user, role };

    void begin_block(Place place, std::string_view name, unsigned line);
    void take_rule(bool pattern, std::string_view rest, unsigned line);
    void take_role(std::string_view rest, unsigned line);
    bool take_condition(std::string_view keyword, std::string_view rest, unsigned line);

    PolicyFile file_;
    PolicyBlock* block_ = nullptr; // the maps' values stay where they are
    Place place_ = Place::before_all;
};

void PolicyReader::take(unsigned line, std::string_view text) {
    auto rest = trim_end(text);
    if (rest.starts_with('#')) {
        return;
    }
    const auto keyword = take_word(rest);
    if (keyword == "topic" || keyword == "pattern") {
        take_rule(keyword == "pattern", rest, line);
    } else if (keyword == "user") {
        begin_block(Place::user, parse_name(rest, keyword, "user alice"), line);
    } else if (keyword == "role") {
        begin_block(Place::role, parse_name(rest, keyword, "role sensor"), line);
    } else if (keyword == "is") {
        take_role(rest, line);
    } else if (!keyword.empty() && !take_condition(keyword, rest, line)) {
        refuse_keyword(keyword);
    }
}

void PolicyReader::begin_block(Place place, std::string_view name, unsigned line) {
    auto& blocks = place == Place::user ? file_.users : file_.roles;
    block_ = &blocks.try_emplace(std::string(name)).first->second;
    block_->line = block_->line == 0 ? line : block_->line;
    place_ = place;
}

void PolicyReader::take_rule(bool pattern, std::string_view rest, unsigned line) {
    auto rule = parse_rule(line, rest);
    if (pattern && place_ == Place::role) {
        throw Error("a pattern is for everybody and belongs in no role; write topic, which takes "
                    "%u and %c as well");
    }
    auto& own = block_ != nullptr ? block_->rules : file_.anonymous;
    (pattern ? file_.patterns : own).push_back(std::move(rule));
}

void PolicyReader::take_role(std::string_view rest, unsigned line) {
    auto role = parse_name(rest, "role", "is sensor");
    if (place_ != Place::user) {
        throw Error("only a user can have a role; write the line below a user line");
    }
    auto& roles = block_->roles;
    const auto is_role = [&](const auto& has) { return has.value == role; };
    if (std::any_of(roles.begin(), roles.end(), is_role)) {
        return;
    }
    if (roles.size() == PolicyFile::most_roles) {
        throw Error(fmt::format("a user can have {} roles; put their lines together in fewer",
                                PolicyFile::most_roles));
    }
    roles.push_back({line, std::move(role)});
}

bool PolicyReader::take_condition(std::string_view keyword, std::string_view rest, unsigned line) {
    if (keyword != "clientid" && keyword != "from" && keyword != "limit") {
        return false;
    }
    if (block_ == nullptr) {
        throw Error(
            fmt::format("{} belongs to a user or a role; write the line below one", keyword));
    }
    if (keyword == "limit") {
        block_->limits.tighten(Limits::parse(rest, line));
    } else if (keyword == "from") {
        block_->networks.push_back({line, Network::parse(trim_both(rest))});
    } else if (auto pattern = trim_both(rest); !pattern.empty()) {
        block_->client_ids.push_back({line, std::string(pattern)});
    } else {
        throw Error("there is no client id; a line reads: clientid %u-*");
    }
    return true;
}

PolicyFile PolicyReader::finish(std::string_view path) {
    unsigned first = 0;
    std::string_view missing;
    for (const auto& [user, block] : file_.users) {
        for (const auto& [line, role] : block.roles) {
            if (!file_.roles.contains(role) && (first == 0 || line < first)) {
                first = line;
                missing = role;
            }
        }
    }
    if (first != 0) {
        throw InputError(
            path, first,
            fmt::format("there is no role {}; add a line: role {}", quoted(missing), missing));
    }
    return std::move(file_);
}

/// `text` with `part` taken off its front, or nothing; %u in the part stands for the user name.
std::optional<std::string_view> without_front(std::string_view text, std::string_view part,
                                              std::string_view user) noexcept {
    while (!part.empty()) {
        const bool name = part.starts_with("%u");
        const auto expected = name ? user : part.substr(0, 1);
        if (!text.starts_with(expected)) {
            return std::nullopt;
        }
        text.remove_prefix(expected.size());
        part.remove_prefix(name ? 2 : 1);
    }
    return text;
}

} // namespace

PolicyFile parse_policy(std::string_view text, std::string_view path) {
    PolicyReader reader;
    unsigned line = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        ++line;
        try {
            reader.take(line, text.substr(0, end));
        } catch (const Error& error) {
            throw InputError(path, line, error.what());
        }
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return reader.finish(path);
}

bool client_id_matches(std::string_view pattern, std::string_view client_id,
                       std::string_view user) noexcept {
    auto star = pattern.find('*');
    auto rest = without_front(client_id, pattern.substr(0, star), user);
    while (rest && star != std::string_view::npos) {
        pattern.remove_prefix(star + 1);
        star = pattern.find('*');
        const auto part = pattern.substr(0, star);
        // Between two stars the first place is as good as any later one; the last part ends the id.
        auto found = without_front(*rest, part, user);
        while (!rest->empty() && (!found || (star == std::string_view::npos && !found->empty()))) {
            rest->remove_prefix(1);
            found = without_front(*rest, part, user);
        }
        rest = found;
    }
    return rest && rest->empty();
}

} // namespace holdfast
