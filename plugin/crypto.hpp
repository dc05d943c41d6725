#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct evp_mac_ctx_st;

/// What the plugin needs of OpenSSL. Every failure of the library is an Error.
namespace holdfast::crypto {

using Sha512Digest = std::array<unsigned char, 64>;
using Mac = std::array<unsigned char, 32>;

void fill_random(std::span<unsigned char> bytes);
Sha512Digest sha512(std::string_view first, std::span<const unsigned char> second);
Sha512Digest pbkdf2_sha512(std::string_view password, std::span<const unsigned char> salt,
                           unsigned iterations);
/// What argon2id costs (RFC 9106 §3.1).
struct Argon2Cost {
    unsigned memory_kib = 0;
    unsigned passes = 0;
    unsigned lanes = 0;

    bool operator==(const Argon2Cost&) const = default;
};
/// OpenSSL has it from 3.2 on; asked of the library that is loaded.
bool has_argon2id() noexcept;
/// Throws Error where OpenSSL does not have it. One thread whatever the lanes.
std::vector<unsigned char> argon2id(std::string_view password, std::span<const unsigned char> salt,
                                    const Argon2Cost& cost, std::size_t bytes);
/// HMAC-SHA-256 under one key, which is prepared once: that costs more than the HMAC of a short
/// text. For one thread.
class MacKey {
public:
    explicit MacKey(std::span<const unsigned char> key);
    static MacKey random();
    Mac mac(std::string_view text) const;

private:
    struct Free {
        void operator()(evp_mac_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_mac_ctx_st, Free> context_;
};
/// In a time that depends on the size alone.
bool equal(std::span<const unsigned char> a, std::span<const unsigned char> b) noexcept;

std::string base64(std::span<const unsigned char> bytes);
/// Throws Error unless the text is canonical base64 with padding (RFC 4648 §4).
std::vector<unsigned char> from_base64(std::string_view text);

} // namespace holdfast::crypto
