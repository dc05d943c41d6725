#include "certs/openssl_error.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

namespace holdfast::certs {

std::string take_openssl_reasons() {
    std::string reasons;
    while (const auto code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        const auto text =
            reason != nullptr ? std::string(reason) : fmt::format("error {:#x}", code);
        if (reasons.find(text) == std::string::npos) {
            reasons += (reasons.empty() ? "" : ", ") + text;
        }
    }
    return reasons.empty() ? "no reason given" : reasons;
}

Error openssl_error(std::string_view what) {
    return Error{fmt::format("{}: {}", what, take_openssl_reasons())};
}

} // namespace holdfast::certs
