#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast {

/// An IP address in its IPv6 form; IPv4 is mapped (RFC 4291 §2.5.5.2), so that 10.0.0.7 and
/// ::ffff:10.0.0.7 are the same.
using Address = std::array<std::uint8_t, 16>;

/// Nothing for what is no IP address. Does not allocate.
std::optional<Address> parse_address(std::string_view text) noexcept;
bool is_ipv4(const Address& address) noexcept;

/// Neighbouring addresses: those that begin with the same bits.
class Network {
public:
    /// `10.0.0.0/8`, `fd00::/8`, or one address. Throws Error with what is wrong: no address, a
    /// prefix longer than the address, bits beyond the prefix.
    static Network parse(std::string_view text);

    bool contains(const Address& address) const noexcept;
    bool operator==(const Network&) const = default;

private:
    Address first_{};
    unsigned prefix_bits_ = 0;
};

} // namespace holdfast
