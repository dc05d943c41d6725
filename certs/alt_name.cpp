#include "certs/alt_name.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace holdfast::certs {

namespace {

constexpr std::size_t max_name_bytes = 253;
constexpr std::size_t max_label_bytes = 63;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_label_character(char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

std::optional<std::string_view> label_fault(std::string_view label) {
    if (label.empty()) {
        return "has an empty part between dots";
    }
    if (label.size() > max_label_bytes) {
        return "has a part of more than 63 bytes";
    }
    if (!std::all_of(label.begin(), label.end(), is_label_character)) {
        return "has a character other than letters, digits, '-', '_' and '.'";
    }
    if (label.front() == '-' || label.back() == '-') {
        return "has a part that begins or ends with '-'";
    }
    return std::nullopt;
}

std::optional<std::string_view> dns_fault(std::string_view name) {
    if (name.empty()) {
        return "is empty";
    }
    if (name.size() > max_name_bytes) {
        return "has more than 253 bytes";
    }
    const auto labels = split(name, '.');
    const bool wildcard = labels.front() == "*";
    if (wildcard && labels.size() < 3) {
        return "has a '*' that is not followed by at least two parts";
    }
    for (auto label = labels.begin() + (wildcard ? 1 : 0); label != labels.end(); ++label) {
        if (const auto fault = label_fault(*label)) {
            return fault;
        }
    }
    if (std::all_of(labels.back().begin(), labels.back().end(), is_digit)) {
        return "is neither an IP address nor a DNS name";
    }
    return std::nullopt;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

/// The address in its shortest writing, or "" if the text is none.
std::string canonical_address(const std::string& text) {
    std::array<char, 16> bytes{};
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
        return address_text({bytes.data(), 4});
    }
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
        return address_text({bytes.data(), 16});
    }
    return {};
}

} // namespace

AltName::AltName(std::string_view text) {
    // inet_pton stops at a NUL, behind which anything could stand.
    if (text.find('\0') == std::string_view::npos) {
        text_ = canonical_address(std::string(text));
    }
    if (text_.empty()) {
        kind_ = Kind::dns;
        text_ = lower_case(text);
        if (const auto fault = dns_fault(text_)) {
            throw Error(fmt::format("the name {} {}; give names like pi.local or addresses like "
                                    "192.168.1.5, without port, brackets or '%'",
                                    holdfast::quoted(text), *fault));
        }
    }
}

std::string address_text(std::string_view bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (bytes.size() != 4 && bytes.size() != 16) {
        return {};
    }
    ::inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
    return text.data();
}

} // namespace holdfast::certs
