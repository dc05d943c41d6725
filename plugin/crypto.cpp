#include "plugin/crypto.hpp"

#include "core/error.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sys/random.h>

#include <algorithm>
#include <memory>

namespace holdfast::crypto {

namespace {

struct DigestContextFree {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, DigestContextFree>;

struct KdfFree {
    void operator()(EVP_KDF* kdf) const noexcept { EVP_KDF_free(kdf); }
    void operator()(EVP_KDF_CTX* context) const noexcept { EVP_KDF_CTX_free(context); }
};
using Kdf = std::unique_ptr<EVP_KDF, KdfFree>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, KdfFree>;

struct MacFree {
    void operator()(EVP_MAC* method) const noexcept { EVP_MAC_free(method); }
};
using MacMethod = std::unique_ptr<EVP_MAC, MacFree>;

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

// OpenSSL's own generator would take 0.1 MiB that most brokers never need for anything else.
void fill_random(std::span<unsigned char> bytes) {
    constexpr std::size_t most_at_once = 256; // getentropy(3)
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(bytes.size(), most_at_once));
        if (getentropy(part.data(), part.size()) != 0) {
            throw_errno("cannot get random numbers from the kernel");
        }
        bytes = bytes.subspan(part.size());
    }
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

bool has_argon2id() noexcept {
    const bool has = Kdf(EVP_KDF_fetch(nullptr, "ARGON2ID", nullptr)) != nullptr;
    ERR_clear_error();
    return has;
}

// By the names of the parameters: headers before 3.2 have no macros for them.
std::vector<unsigned char> argon2id(std::string_view password, std::span<const unsigned char> salt,
                                    const Argon2Cost& cost, std::size_t bytes) {
    const Kdf kdf(EVP_KDF_fetch(nullptr, "ARGON2ID", nullptr));
    check(kdf != nullptr, "argon2id");
    const KdfContext context(EVP_KDF_CTX_new(kdf.get()));
    std::string secret(password);
    std::vector<unsigned char> salt_copy(salt.begin(), salt.end());
    auto [memory, passes, lanes] = cost;
    const std::array parameters{
        OSSL_PARAM_construct_octet_string("pass", secret.data(), secret.size()),
        OSSL_PARAM_construct_octet_string("salt", salt_copy.data(), salt_copy.size()),
        OSSL_PARAM_construct_uint("memcost", &memory),
        OSSL_PARAM_construct_uint("iter", &passes),
        OSSL_PARAM_construct_uint("lanes", &lanes),
        OSSL_PARAM_construct_end(),
    };
    std::vector<unsigned char> digest(bytes);
    const bool derived = context && EVP_KDF_derive(context.get(), digest.data(), digest.size(),
                                                   parameters.data()) == 1;
    OPENSSL_cleanse(secret.data(), secret.size());
    check(derived, "argon2id");
    return digest;
}

void MacKey::Free::operator()(EVP_MAC_CTX* context) const noexcept {
    EVP_MAC_CTX_free(context);
}

MacKey::MacKey(std::span<const unsigned char> key) {
    const MacMethod method(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    check(method != nullptr, "HMAC");
    context_.reset(EVP_MAC_CTX_new(method.get()));
    std::string digest = "SHA256";
    const std::array parameters{
        OSSL_PARAM_construct_utf8_string("digest", digest.data(), digest.size()),
        OSSL_PARAM_construct_end(),
    };
    check(context_ && EVP_MAC_init(context_.get(), key.data(), key.size(), parameters.data()) == 1,
          "HMAC");
}

MacKey MacKey::random() {
    std::array<unsigned char, 32> key{};
    fill_random(key);
    return MacKey(key);
}

Mac MacKey::mac(std::string_view text) const {
    Mac result;
    std::size_t length = 0;
    // Without a key it begins anew under the one it has.
    check(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1 &&
              EVP_MAC_update(context_.get(), bytes_of(text), text.size()) == 1 &&
              EVP_MAC_final(context_.get(), result.data(), &length, result.size()) == 1 &&
              length == result.size(),
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
