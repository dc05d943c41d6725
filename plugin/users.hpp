#pragma once

#include "plugin/password_hash.hpp"

#include <map>
#include <string>
#include <string_view>

namespace holdfast {

/// The users file: lines `name:hash` as mosquitto_passwd(1) writes them; lines that begin with `#`
/// and blank lines are skipped, all but `#disabled name:$…`: a user who has a password and may not
/// log in. To Mosquitto itself that line is a comment, so nobody logs in there either;
/// mosquitto_passwd keeps it.
///
/// - names are not empty, have no colon, control character, or blank at either end, do not begin
///   with `#`, are UTF-8 and occur once
/// - every user has a hash; plaintext is refused
class Users {
public:
    Users() = default;

    /// Throws InputError(`path`, line) for the first line that breaks a rule.
    static Users parse(std::string_view text, std::string_view path);

    using Hashes = std::map<std::string, PasswordHash, std::less<>>;

    /// The hash of a user who may log in.
    const PasswordHash* find(std::string_view name) const noexcept;
    bool has(std::string_view name) const noexcept { return find(name) || is_disabled(name); }
    bool is_disabled(std::string_view name) const noexcept { return disabled_.contains(name); }
    /// Adds the user or replaces the password; who is disabled stays so. Throws Error where the
    /// name breaks a rule.
    void set(std::string_view name, PasswordHash hash);
    /// Whether there was such a user.
    bool remove(std::string_view name);
    /// The user keeps the password and may not log in, or may again. Whether that is a change:
    /// false for an unknown user too.
    bool disable(std::string_view name);
    bool enable(std::string_view name);

    /// Those who may log in, and those who may not.
    const Hashes& all() const noexcept { return hashes_; }
    const Hashes& disabled() const noexcept { return disabled_; }
    /// The file, by name, the disabled ones at the end; comments are not kept.
    std::string str() const;

    bool operator==(const Users&) const = default;

private:
    static bool move(std::string_view name, Hashes& from, Hashes& to);

    Hashes hashes_;
    Hashes disabled_;
};

} // namespace holdfast
