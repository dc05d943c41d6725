#include "certs/key.hpp"

#include "certs/openssl_error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace holdfast::certs {

namespace {

struct Named {
    std::string_view name;
    KeyType type;
};

constexpr std::array key_types{
    Named{"ec-p256", KeyType::ec_p256},
    Named{"rsa-2048", KeyType::rsa_2048},
    Named{"rsa-4096", KeyType::rsa_4096},
};

evp_pkey_st* generate(KeyType type) {
    switch (type) {
    case KeyType::rsa_2048:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048});
    case KeyType::rsa_4096:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{4096});
    case KeyType::ec_p256:
        break;
    }
    return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
}

} // namespace

KeyType parse_key_type(std::string_view text) {
    const auto found = std::find_if(key_types.begin(), key_types.end(),
                                    [text](const Named& named) { return named.name == text; });
    if (found == key_types.end()) {
        throw Error(fmt::format("{} is no type of key; there are ec-p256, rsa-2048 and rsa-4096",
                                quoted(text)));
    }
    return found->type;
}

KeyHandle new_key(KeyType type) {
    return expect(KeyHandle(generate(type)), "cannot make a private key");
}

} // namespace holdfast::certs
