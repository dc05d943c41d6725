#pragma once

#include "core/clock.hpp"
#include "plugin/crypto.hpp"
#include "plugin/users.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace holdfast {

/// Checks passwords against the users file, and remembers what it has verified.
///
/// Mosquitto asks again for every session at each SIGHUP, on its only thread; a slow hash for each
/// would stop the broker. What is remembered of a password is its HMAC under a random key of this
/// process, one entry a user at most, until the user's line changes or a day has passed.
class Credentials {
public:
    static constexpr BootTime remembered_for = std::chrono::hours(24);

    explicit Credentials(Users users);

    /// An unknown user costs the same as a wrong password: a hash like most of the file's.
    bool verify(std::string_view user, std::string_view password, BootTime now);
    /// Whether verify() would say yes without hashing anything.
    bool recognises(std::string_view user, std::string_view password, BootTime now);

    /// Forgets what was verified for users that changed or went, and names them.
    std::vector<std::string> replace(Users users);

    const Users& users() const noexcept { return users_; }
    /// How many passwords had to be hashed.
    unsigned long long slow_checks() const noexcept { return slow_checks_; }
    /// How many were remembered.
    unsigned long long quick_checks() const noexcept { return quick_checks_; }

private:
    struct Verified {
        crypto::Mac mac;
        BootTime until;
    };

    bool remembers(const std::string& user, const crypto::Mac& mac, BootTime now) const;
    crypto::Mac mac_of(std::string_view user, std::string_view password) const;

    Users users_;
    PasswordHash decoy_;
    std::array<unsigned char, 32> key_{};
    std::unordered_map<std::string, Verified> verified_;
    unsigned long long slow_checks_ = 0;
    unsigned long long quick_checks_ = 0;
};

} // namespace holdfast
