#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace holdfast::certs {

/// A name under which clients reach a server, as a certificate's subjectAltName carries it.
///
/// - an address is an IPv4 or IPv6 address in its shortest writing, without port, brackets or zone
/// - a DNS name is in lower case, at most 253 bytes in labels of at most 63: letters, digits, inner
///   hyphens (RFC 1123 §2.1), and underscores, which container names have; its last label is not a
///   number; its first label may be `*` when two more follow
class AltName {
public:
    enum class Kind { dns, address };

    /// Throws Error naming the text and the rule that it breaks.
    explicit AltName(std::string_view text);

    Kind kind() const noexcept { return kind_; }
    const std::string& str() const noexcept { return text_; }
    std::strong_ordering operator<=>(const AltName&) const noexcept = default;

private:
    Kind kind_ = Kind::address;
    std::string text_;
};

/// The 4 or 16 bytes of an address in network order as text; "" for any other length.
std::string address_text(std::string_view bytes);

} // namespace holdfast::certs
