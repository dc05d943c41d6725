#pragma once

#include "core/clock.hpp"
#include "plugin/login_memory.hpp"
#include "plugin/users.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// Checks passwords against the users file, and remembers what it has verified.
///
/// Mosquitto asks again for every session at each SIGHUP, on its only thread, and all clients come
/// at once when it was restarted; a slow hash for each would stop the broker. What was verified is
/// remembered until the user's line changes or a day has passed (LoginMemory).
class Credentials {
public:
    static constexpr BootTime remembered_for = LoginMemory::kept_for;

    Credentials(Users users, LoginMemory memory);
    /// Remembers as long as this process lives.
    explicit Credentials(Users users);

    /// An unknown user costs the same as a wrong password: a hash like most of the file's.
    bool verify(std::string_view user, std::string_view password, BootTime now);
    /// Whether verify() would say yes without hashing anything.
    bool recognises(std::string_view user, std::string_view password, BootTime now);

    /// The users that changed or went: what was verified of them counts no more.
    std::vector<std::string> replace(Users users);

    const Users& users() const noexcept { return users_; }
    /// How many passwords had to be hashed.
    unsigned long long slow_checks() const noexcept { return slow_checks_; }
    /// How many were remembered.
    unsigned long long quick_checks() const noexcept { return quick_checks_; }

private:
    Users users_;
    PasswordHash decoy_;
    LoginMemory memory_;
    unsigned long long slow_checks_ = 0;
    unsigned long long quick_checks_ = 0;
};

} // namespace holdfast
