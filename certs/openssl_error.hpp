#pragma once

#include "core/error.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace holdfast::certs {

/// The reasons in this thread's OpenSSL error queue, the first one first; the queue is empty
/// afterwards. "no reason given" when it was empty already.
std::string take_openssl_reasons();

/// Turns the error queue into `what: reasons`.
Error openssl_error(std::string_view what);

/// `result` of an OpenSSL call when it says success (1, or a pointer); throws openssl_error
/// otherwise.
inline void expect(int result, std::string_view what) {
    if (result <= 0) {
        throw openssl_error(what);
    }
}
template <typename T, typename D>
std::unique_ptr<T, D> expect(std::unique_ptr<T, D> result, std::string_view what) {
    if (!result) {
        throw openssl_error(what);
    }
    return result;
}

} // namespace holdfast::certs
