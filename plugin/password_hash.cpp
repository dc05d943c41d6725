#include "plugin/password_hash.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "plugin/crypto.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace holdfast {

namespace {

constexpr std::size_t least_salt_bytes = 8;
constexpr std::size_t most_salt_bytes = 64;
constexpr std::size_t new_salt_bytes = 12;

unsigned parse_iterations(std::string_view text) {
    unsigned value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc() || end != text.data() + text.size() || value == 0 ||
        value > PasswordHash::most_iterations) {
        throw Error(
            fmt::format("iterations must be a number from 1 to {}", PasswordHash::most_iterations));
    }
    return value;
}

} // namespace

PasswordHash PasswordHash::parse(std::string_view text) {
    const auto parts = split(text, '$');
    const bool sha512 = parts.size() == 4 && parts[0].empty() && parts[1] == "6";
    const bool pbkdf2 = parts.size() == 5 && parts[0].empty() && parts[1] == "7";
    if (!sha512 && !pbkdf2) {
        throw Error("the hash is neither $6$salt$digest nor $7$iterations$salt$digest");
    }
    PasswordHash hash;
    hash.scheme_ = sha512 ? Scheme::sha512 : Scheme::pbkdf2;
    hash.iterations_ = sha512 ? 1 : parse_iterations(parts[2]);
    hash.salt_ = crypto::from_base64(parts[parts.size() - 2]);
    if (hash.salt_.size() < least_salt_bytes || hash.salt_.size() > most_salt_bytes) {
        throw Error(fmt::format("the salt has {} bytes; it must have {} to {}", hash.salt_.size(),
                                least_salt_bytes, most_salt_bytes));
    }
    const auto digest = crypto::from_base64(parts.back());
    if (digest.size() != hash.digest_.size()) {
        throw Error(fmt::format("the digest has {} bytes; it must have {}", digest.size(),
                                hash.digest_.size()));
    }
    std::copy(digest.begin(), digest.end(), hash.digest_.begin());
    return hash;
}

PasswordHash PasswordHash::make(std::string_view password, unsigned iterations) {
    PasswordHash hash;
    hash.iterations_ = iterations;
    hash.salt_.resize(new_salt_bytes);
    crypto::fill_random(hash.salt_);
    hash.digest_ = hash.digest_of(password);
    return hash;
}

PasswordHash PasswordHash::unmatchable_like(const PasswordHash& model) {
    auto hash = model;
    crypto::fill_random(hash.salt_);
    crypto::fill_random(hash.digest_);
    return hash;
}

PasswordHash::Digest PasswordHash::digest_of(std::string_view password) const {
    return scheme_ == Scheme::sha512 ? crypto::sha512(password, salt_)
                                     : crypto::pbkdf2_sha512(password, salt_, iterations_);
}

bool PasswordHash::matches(std::string_view password) const {
    return crypto::equal(digest_of(password), digest_);
}

std::string PasswordHash::str() const {
    const auto salt = crypto::base64(salt_);
    const auto digest = crypto::base64(digest_);
    return scheme_ == Scheme::sha512 ? fmt::format("$6${}${}", salt, digest)
                                     : fmt::format("$7${}${}${}", iterations_, salt, digest);
}

} // namespace holdfast
