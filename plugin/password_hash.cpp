#include "plugin/password_hash.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace holdfast {

namespace {

using Scheme = PasswordHash::Scheme;

constexpr std::size_t least_salt_bytes = 8;
constexpr std::size_t most_salt_bytes = 64;
constexpr std::size_t new_salt_bytes = 12;
constexpr std::size_t digest_bytes = 64;
constexpr std::size_t least_argon2_digest_bytes = 16;

// More would stop a Pi's broker for seconds, or drive it out of memory.
constexpr unsigned most_memory_kib = 256 * 1024;
constexpr unsigned most_passes = 100;
constexpr unsigned most_lanes = 16;

std::optional<unsigned> number_in(std::string_view text, unsigned least, unsigned most) {
    unsigned value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = fault == std::errc() && end == text.data() + text.size();
    return whole && value >= least && value <= most ? std::optional(value) : std::nullopt;
}

unsigned parse_iterations(std::string_view text) {
    if (const auto value = number_in(text, 1, PasswordHash::most_iterations)) {
        return *value;
    }
    throw Error(
        fmt::format("iterations must be a number from 1 to {}", PasswordHash::most_iterations));
}

crypto::Argon2Cost parse_argon2_cost(std::string_view version, std::string_view text) {
    const auto fields = split(text, ',');
    const auto value = [&](std::size_t at, std::string_view name, unsigned least, unsigned most) {
        return fields.size() == 3 && fields[at].starts_with(name)
                   ? number_in(fields[at].substr(name.size()), least, most)
                   : std::nullopt;
    };
    const auto memory = value(0, "m=", 8, most_memory_kib);
    const auto passes = value(1, "t=", 1, most_passes);
    const auto lanes = value(2, "p=", 1, most_lanes);
    if (version != "v=19" || !memory || !passes || !lanes || *memory < 8 * *lanes) {
        throw Error(fmt::format("argon2id takes v=19, m of 8 for each lane to {}, t of 1 to {}, p "
                                "of 1 to {}",
                                most_memory_kib, most_passes, most_lanes));
    }
    return {*memory, *passes, *lanes};
}

// The PHC string format of argon2id leaves the padding out.
std::string padded(std::string_view text) {
    return std::string(text).append((4 - text.size() % 4) % 4, '=');
}

std::string unpadded(const std::string& text) {
    return text.substr(0, text.find('='));
}

} // namespace

PasswordHash PasswordHash::parse(std::string_view text) {
    const auto parts = split(text, '$');
    PasswordHash hash;
    hash.set_cost(parts);
    const bool argon2 = hash.cost_.scheme == Scheme::argon2id;
    const auto bytes_of = [argon2](std::string_view part) {
        return crypto::from_base64(argon2 ? padded(part) : part);
    };
    hash.salt_ = bytes_of(parts[parts.size() - 2]);
    if (hash.salt_.size() < least_salt_bytes || hash.salt_.size() > most_salt_bytes) {
        throw Error(fmt::format("the salt has {} bytes; it must have {} to {}", hash.salt_.size(),
                                least_salt_bytes, most_salt_bytes));
    }
    hash.digest_ = bytes_of(parts.back());
    const auto least = argon2 ? least_argon2_digest_bytes : digest_bytes;
    if (hash.digest_.size() < least || hash.digest_.size() > digest_bytes) {
        throw Error(fmt::format("the digest has {} bytes; it must have {}{}", hash.digest_.size(),
                                argon2 ? "16 to " : "", digest_bytes));
    }
    return hash;
}

void PasswordHash::set_cost(const std::vector<std::string_view>& parts) {
    const auto is = [&](std::size_t size, std::string_view scheme) {
        return parts.size() == size && parts[0].empty() && parts[1] == scheme;
    };
    if (is(4, "6")) {
        cost_ = {Scheme::sha512};
    } else if (is(5, "7")) {
        cost_ = {Scheme::pbkdf2, parse_iterations(parts[2])};
    } else if (is(6, "argon2id")) {
        cost_ = {Scheme::argon2id, 1, parse_argon2_cost(parts[2], parts[3])};
        if (!crypto::has_argon2id()) {
            throw Error("argon2id takes OpenSSL 3.2 or later, which this machine does not have");
        }
    } else {
        throw Error("the hash is neither $6$salt$digest nor $7$iterations$salt$digest nor "
                    "argon2id's");
    }
}

PasswordHash PasswordHash::make(std::string_view password, unsigned iterations) {
    PasswordHash hash;
    hash.cost_.iterations = iterations;
    hash.salt_.resize(new_salt_bytes);
    crypto::fill_random(hash.salt_);
    hash.digest_.resize(digest_bytes);
    hash.digest_ = hash.digest_of(password);
    return hash;
}

PasswordHash PasswordHash::unmatchable_like(const PasswordHash& model) {
    auto hash = model;
    crypto::fill_random(hash.salt_);
    crypto::fill_random(hash.digest_);
    return hash;
}

PasswordHash::Bytes PasswordHash::digest_of(std::string_view password) const {
    const auto bytes = [](const crypto::Sha512Digest& digest) {
        return Bytes(digest.begin(), digest.end());
    };
    switch (cost_.scheme) {
    case Scheme::sha512:
        return bytes(crypto::sha512(password, salt_));
    case Scheme::pbkdf2:
        return bytes(crypto::pbkdf2_sha512(password, salt_, cost_.iterations));
    case Scheme::argon2id:
        break;
    }
    return crypto::argon2id(password, salt_, cost_.argon2, digest_.size());
}

bool PasswordHash::matches(std::string_view password) const {
    return crypto::equal(digest_of(password), digest_);
}

std::string PasswordHash::str() const {
    const auto salt = crypto::base64(salt_);
    const auto digest = crypto::base64(digest_);
    const auto& [memory, passes, lanes] = cost_.argon2;
    switch (cost_.scheme) {
    case Scheme::sha512:
        return fmt::format("$6${}${}", salt, digest);
    case Scheme::pbkdf2:
        return fmt::format("$7${}${}${}", cost_.iterations, salt, digest);
    case Scheme::argon2id:
        break;
    }
    return fmt::format("$argon2id$v=19$m={},t={},p={}${}${}", memory, passes, lanes, unpadded(salt),
                       unpadded(digest));
}

} // namespace holdfast
