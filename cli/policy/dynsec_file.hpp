#pragma once

#include "plugin/password_hash.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The configuration of Mosquitto's dynamic-security plugin, as it writes it to disk.
namespace holdfast::cli::dynsec {

/// One line of a role. What it says about unsubscribing is left out: nothing here forbids that.
struct Acl {
    enum class Type { send, receive, subscribe_literal, subscribe_pattern };

    Type type;
    std::string topic; ///< a valid filter
    int priority;
    bool allow;
};

struct Role {
    std::string name;
    std::vector<Acl> acls;
};

/// A reference by name. The highest priority is asked first.
struct Member {
    std::string name;
    int priority;
};

struct Client {
    std::string name;
    std::optional<std::string> client_id; ///< the only one it may use
    std::optional<PasswordHash> password; ///< without one it cannot log in
    bool disabled;
    std::vector<Member> roles;
};

struct Group {
    std::string name;
    std::vector<Member> roles;
    std::vector<Member> clients;
};

struct Config {
    struct Defaults {
        bool send;
        bool receive;
        bool subscribe;
    };

    Defaults defaults;
    std::vector<Client> clients;
    std::vector<Group> groups;
    std::vector<Role> roles;
    std::optional<std::string> anonymous_group;

    /// Nothing for a name that there is not.
    const Role* role(std::string_view name) const noexcept;
    const Group* group(std::string_view name) const noexcept;
};

/// Throws InputError(`path`) naming the place in the JSON: what is missing, of the wrong type, or
/// cannot stand in a users or policy file; a role or group that is named but not there.
Config parse(std::string_view text, std::string_view path);

} // namespace holdfast::cli::dynsec
