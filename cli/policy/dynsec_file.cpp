#include "cli/policy/dynsec_file.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/topic.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace holdfast::cli::dynsec {

namespace {

using nlohmann::json;

// What dynamic-security takes where the file does not say.
constexpr int member_priority = -1;
constexpr int acl_priority = 0;

/// A value and where it stands, for messages: `clients[3].salt`.
class Node {
public:
    Node(const json& value, std::string place)
        : value_(value)
        , place_(std::move(place)) {}

    [[noreturn]] void refuse(std::string_view reason) const {
        throw Error(fmt::format("{}: {}", place_.empty() ? "the file" : place_, reason));
    }

    std::optional<Node> find(const char* key) const {
        if (!value_.is_object()) {
            refuse("is no object");
        }
        const auto found = value_.find(key);
        if (found == value_.end()) {
            return std::nullopt;
        }
        return Node(*found, place_.empty() ? key : fmt::format("{}.{}", place_, key));
    }
    Node at(const char* key) const {
        if (auto found = find(key)) {
            return *found;
        }
        refuse(fmt::format("there is no \"{}\"", key));
    }

    /// One line of a policy can hold it.
    std::string text() const {
        if (!value_.is_string()) {
            refuse("is no text");
        }
        auto text = value_.get<std::string>();
        const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' '; };
        if (text.empty() || trim(text) != text ||
            std::any_of(text.begin(), text.end(), is_control)) {
            refuse("is empty, has blanks at an end or control characters; a policy cannot say it");
        }
        return text;
    }
    bool flag() const {
        if (!value_.is_boolean()) {
            refuse("is neither true nor false");
        }
        return value_.get<bool>();
    }
    int number() const {
        if (!value_.is_number_integer()) {
            refuse("is no whole number");
        }
        const auto number = value_.get<std::int64_t>();
        if (number < -1'000'000'000 || number > 1'000'000'000) {
            refuse("is out of range");
        }
        return static_cast<int>(number);
    }

    /// `read` of each element; nothing where there is no such list.
    template <typename Read>
    auto list(const char* key, Read read) const -> std::vector<decltype(read(*this))> {
        std::vector<decltype(read(*this))> elements;
        if (const auto found = find(key)) {
            if (!found->value_.is_array()) {
                found->refuse("is no list");
            }
            for (std::size_t i = 0; i < found->value_.size(); ++i) {
                elements.push_back(
                    read(Node(found->value_[i], fmt::format("{}[{}]", found->place_, i))));
            }
        }
        return elements;
    }

private:
    const json& value_;
    std::string place_;
};

int priority_of(const Node& node, int otherwise) {
    const auto found = node.find("priority");
    return found ? found->number() : otherwise;
}

std::optional<Acl> read_acl(const Node& node) {
    const auto type = node.at("acltype");
    const auto name = type.text();
    const auto is_unsubscribe = name == "unsubscribeLiteral" || name == "unsubscribePattern";
    Acl acl{Acl::Type::send, node.at("topic").text(), priority_of(node, acl_priority),
            node.at("allow").flag()};
    if (name == "publishClientReceive") {
        acl.type = Acl::Type::receive;
    } else if (name == "subscribeLiteral") {
        acl.type = Acl::Type::subscribe_literal;
    } else if (name == "subscribePattern") {
        acl.type = Acl::Type::subscribe_pattern;
    } else if (name != "publishClientSend" && !is_unsubscribe) {
        type.refuse(fmt::format("{} is no type that dynamic-security has", quoted(name)));
    }
    if (const auto fault = topic_filter_fault(acl.topic)) {
        node.at("topic").refuse(
            fmt::format("{} is no topic filter: {}", quoted(std::string_view(acl.topic)), *fault));
    }
    return is_unsubscribe ? std::nullopt : std::optional(std::move(acl));
}

Role read_role(const Node& node) {
    Role role{node.at("rolename").text(), {}};
    for (auto& acl : node.list("acls", read_acl)) {
        if (acl) {
            role.acls.push_back(std::move(*acl));
        }
    }
    return role;
}

Member read_role_member(const Node& node) {
    return {node.at("rolename").text(), priority_of(node, member_priority)};
}

Member read_client_member(const Node& node) {
    return {node.at("username").text(), priority_of(node, member_priority)};
}

Group read_group(const Node& node) {
    return {node.at("groupname").text(), node.list("roles", read_role_member),
            node.list("clients", read_client_member)};
}

PasswordHash parse_hash(const Node& node, const std::string& hash) {
    try {
        return PasswordHash::parse(hash);
    } catch (const Error& error) {
        node.refuse(error.what());
    }
}

// dynamic-security hashes as mosquitto_passwd does: from Mosquitto 2.1 on it stores what stands in
// a users file, before that the parts of it (PBKDF2-HMAC-SHA512).
std::optional<PasswordHash> read_password(const Node& node) {
    if (const auto encoded = node.find("encoded_password")) {
        return parse_hash(*encoded, encoded->text());
    }
    if (const auto digest = node.find("password")) {
        return parse_hash(*digest, fmt::format("$7${}${}${}", node.at("iterations").number(),
                                               node.at("salt").text(), digest->text()));
    }
    return std::nullopt;
}

std::optional<std::string> read_client_id(const Node& node) {
    const auto found = node.find("clientid");
    if (!found) {
        return std::nullopt;
    }
    auto id = found->text();
    if (id.find('*') != std::string::npos || id.find("%u") != std::string::npos) {
        found->refuse("holds * or %u, which stand for something else in a clientid line; give the "
                      "client another id");
    }
    return id;
}

Client read_client(const Node& node) {
    const auto disabled = node.find("disabled");
    return {node.at("username").text(), read_client_id(node), read_password(node),
            disabled && disabled->flag(), node.list("roles", read_role_member)};
}

Config::Defaults read_defaults(const Node& node) {
    const auto defaults = node.find("defaultACLAccess");
    const auto flag = [&](const char* key, bool otherwise) {
        const auto found = defaults ? defaults->find(key) : std::nullopt;
        return found ? found->flag() : otherwise;
    };
    return {flag("publishClientSend", false), flag("publishClientReceive", true),
            flag("subscribe", false)};
}

template <typename Named>
const Named* find_by_name(const std::vector<Named>& all, std::string_view name) noexcept {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [name](const auto& entry) { return entry.name == name; });
    return found == all.end() ? nullptr : &*found;
}

void require_names(const Config& config) {
    const auto require_roles = [&config](const auto& owner) {
        for (const auto& member : owner.roles) {
            if (config.role(member.name) == nullptr) {
                throw Error(fmt::format("{} has the role {}, which is not in the file",
                                        quoted(owner.name), quoted(member.name)));
            }
        }
    };
    std::for_each(config.clients.begin(), config.clients.end(), require_roles);
    std::for_each(config.groups.begin(), config.groups.end(), require_roles);
    if (config.anonymous_group && config.group(*config.anonymous_group) == nullptr) {
        throw Error(
            fmt::format("anonymousGroup: there is no group {}", quoted(*config.anonymous_group)));
    }
}

Config read_config(const Node& node) {
    Config config{read_defaults(node), node.list("clients", read_client),
                  node.list("groups", read_group), node.list("roles", read_role), std::nullopt};
    if (const auto group = node.find("anonymousGroup")) {
        config.anonymous_group = group->text();
    }
    require_names(config);
    return config;
}

} // namespace

const Role* Config::role(std::string_view name) const noexcept {
    return find_by_name(roles, name);
}

const Group* Config::group(std::string_view name) const noexcept {
    return find_by_name(groups, name);
}

Config parse(std::string_view text, std::string_view path) {
    try {
        return read_config(Node(json::parse(text), ""));
    } catch (const json::exception& error) {
        throw InputError(path, 0, fmt::format("is not JSON: {}", error.what()));
    } catch (const Error& error) {
        throw InputError(path, 0, error.what());
    }
}

} // namespace holdfast::cli::dynsec
