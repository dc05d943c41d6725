#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// What mosquitto_passwd(1) keeps of a password: `$6$salt$digest` (one round of salted SHA-512) or
/// `$7$iterations$salt$digest` (PBKDF2-HMAC-SHA512), salt and digest in base64.
///
/// - the salt has 8 to 64 bytes, the digest 64
/// - iterations are 1 to 10 000 000; 1 for `$6$`
class PasswordHash {
public:
    enum class Scheme { sha512, pbkdf2 };

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
    Scheme scheme() const noexcept { return scheme_; }
    unsigned iterations() const noexcept { return iterations_; }
    bool operator==(const PasswordHash&) const = default;

private:
    using Digest = std::array<unsigned char, 64>;

    PasswordHash() = default;
    Digest digest_of(std::string_view password) const;

    Scheme scheme_ = Scheme::pbkdf2;
    unsigned iterations_ = 1;
    std::vector<unsigned char> salt_;
    Digest digest_{};
};

} // namespace holdfast
