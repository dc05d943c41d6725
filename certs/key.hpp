#pragma once

#include "certs/handles.hpp"

#include <string_view>

namespace holdfast::certs {

enum class KeyType {
    ec_p256, ///< fast on a Pi, and accepted by AWS IoT Core, browsers and ESP32 alike
    rsa_2048,
    rsa_4096,
};

/// `ec-p256`, `rsa-2048` or `rsa-4096`. Throws Error otherwise.
KeyType parse_key_type(std::string_view text);

KeyHandle new_key(KeyType type = KeyType::ec_p256);

} // namespace holdfast::certs
