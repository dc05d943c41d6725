#include "plugin/crypto.hpp"

#include "core/error.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <memory>

namespace holdfast::crypto {

namespace {

struct DigestContextFree {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, DigestContextFree>;

void check(bool succeeded, std::string_view call) {
    if (!succeeded) {
        std::array<char, 256> reason{};
        ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
        ERR_clear_error();
        throw Error(fmt::format("OpenSSL: {} failed: {}", call, reason.data()));
    }
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

void fill_random(std::span<unsigned char> bytes) {
    check(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "RAND_bytes");
}

Sha512Digest sha512(std::string_view first, std::span<const unsigned char> second) {
    const DigestContext context(EVP_MD_CTX_new());
    Sha512Digest digest;
    check(context && EVP_DigestInit_ex(context.get(), EVP_sha512(), nullptr) == 1 &&
              EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1 &&
              EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1 &&
              EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1,
          "SHA-512");
    return digest;
}

Sha512Digest pbkdf2_sha512(std::string_view password, std::span<const unsigned char> salt,
                           unsigned iterations) {
    Sha512Digest digest;
    check(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt.data(),
                            static_cast<int>(salt.size()), static_cast<int>(iterations),
                            EVP_sha512(), static_cast<int>(digest.size()), digest.data()) == 1,
          "PBKDF2");
    return digest;
}

Mac mac(std::span<const unsigned char> key, std::string_view text) {
    Mac result;
    check(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
               result.data(), nullptr) != nullptr,
          "HMAC");
    return result;
}

bool equal(std::span<const unsigned char> a, std::span<const unsigned char> b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string base64(std::span<const unsigned char> bytes) {
    // EVP_EncodeBlock also writes a NUL, which lands on the string's own terminator.
    std::string text((bytes.size() + 2) / 3 * 4, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                    static_cast<int>(bytes.size()));
    return text;
}

std::vector<unsigned char> from_base64(std::string_view text) {
    std::vector<unsigned char> bytes(text.size() / 4 * 3);
    const bool whole = !text.empty() && text.size() % 4 == 0 && text.size() < 1024;
    if (whole &&
        EVP_DecodeBlock(bytes.data(), bytes_of(text), static_cast<int>(text.size())) >= 0) {
        const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
        for (auto left = padding; left > 0; --left) {
            bytes.pop_back();
        }
        // The decoder is lenient; what does not come out the same was not base64.
        if (base64(bytes) == text) {
            return bytes;
        }
    }
    throw Error("it is not base64");
}

} // namespace holdfast::crypto
