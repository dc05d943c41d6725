#pragma once

#include "plugin/crypto.hpp"

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// What mosquitto_passwd(1) keeps of a password, salt and digest in base64:
///
/// - `$6$salt$digest`: one round of salted SHA-512
/// - `$7$iterations$salt$digest`: PBKDF2-HMAC-SHA512 with 1 to 10 000 000 iterations
/// - `$argon2id$v=19$m=KIB,t=PASSES,p=LANES$salt$digest` without padding (Mosquitto 2.1, where it
///   was built with it): only where OpenSSL has argon2id; at most 256 MiB, 100 passes, 16 lanes
///
/// The salt has 8 to 64 bytes; the digest has 64, argon2id's 16 to 64.
class PasswordHash {
public:
    enum class Scheme { sha512, pbkdf2, argon2id };

    /// What a check of a password costs, to be compared with that of another hash.
    struct Cost {
        Scheme scheme = Scheme::pbkdf2;
        unsigned iterations = 1;
        crypto::Argon2Cost argon2 = {};

        auto operator<=>(const Cost&) const = default;
    };

    static constexpr unsigned default_iterations = 210'000;
    static constexpr unsigned most_iterations = 10'000'000;

    /// Throws Error with the reason, without the text: it may be a password.
    static PasswordHash parse(std::string_view text);
    /// A new `$7$` hash. The salt has 12 bytes, the only length that Mosquitto 2.0 reads.
    static PasswordHash make(std::string_view password, unsigned iterations = default_iterations);
    /// A hash that costs as much to check as `model` and that no password has.
    static PasswordHash unmatchable_like(const PasswordHash& model);

    /// Compares in constant time.
    bool matches(std::string_view password) const;

    std::string str() const;
    const Cost& cost() const noexcept { return cost_; }
    bool operator==(const PasswordHash&) const = default;

private:
    using Bytes = std::vector<unsigned char>;

    PasswordHash() = default;
    void set_cost(const std::vector<std::string_view>& parts);
    Bytes digest_of(std::string_view password) const;

    Cost cost_;
    Bytes salt_;
    Bytes digest_;
};

} // namespace holdfast
