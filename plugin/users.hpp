#pragma once

#include "plugin/password_hash.hpp"

#include <map>
#include <string>
#include <string_view>

namespace holdfast {

/// The users file: lines `name:hash` as mosquitto_passwd(1) writes them; lines that begin with `#`
/// and blank lines are skipped.
///
/// - names are not empty, have no colon, control character, or blank at either end, do not begin
///   with `#`, are UTF-8 and occur once
/// - every user has a hash; plaintext is refused
class Users {
public:
    Users() = default;

    /// Throws InputError(`path`, line) for the first line that breaks a rule.
    static Users parse(std::string_view text, std::string_view path);

    const PasswordHash* find(std::string_view name) const noexcept;
    /// Adds the user or replaces the password. Throws Error where the name breaks a rule.
    void set(std::string_view name, PasswordHash hash);
    /// Whether there was such a user.
    bool remove(std::string_view name);

    const std::map<std::string, PasswordHash, std::less<>>& all() const noexcept { return hashes_; }
    /// The file, by name; comments are not kept.
    std::string str() const;

private:
    std::map<std::string, PasswordHash, std::less<>> hashes_;
};

} // namespace holdfast
