#include "plugin/network.hpp"

#include "config/quantity.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace holdfast {

namespace {

constexpr Address mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::ptrdiff_t mapped_bytes = 12;
constexpr unsigned mapped_bits = 96;
constexpr unsigned address_bits = 128;

/// `address` with zeros behind its first bits.
Address masked(const Address& address, unsigned bits) noexcept {
    Address result{};
    const auto whole = bits / 8;
    std::copy_n(address.begin(), whole, result.begin());
    if (bits % 8 != 0) {
        const unsigned mask = 0xffU << (8 - bits % 8);
        result.at(whole) = static_cast<std::uint8_t>(address.at(whole) & mask);
    }
    return result;
}

} // namespace

std::optional<Address> parse_address(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size()) {
        return std::nullopt;
    }
    std::copy(text.begin(), text.end(), terminated.begin());
    Address address{};
    if (::inet_pton(AF_INET6, terminated.data(), address.data()) == 1) {
        return address;
    }
    address = mapped_prefix;
    if (::inet_pton(AF_INET, terminated.data(), address.data() + mapped_bytes) == 1) {
        return address;
    }
    return std::nullopt;
}

bool is_ipv4(const Address& address) noexcept {
    return std::equal(address.begin(), address.begin() + mapped_bytes, mapped_prefix.begin());
}

Network Network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) {
        throw Error(fmt::format("{} is no IP address or network; a line reads: from 10.0.0.0/8",
                                quoted(text)));
    }
    Network network;
    const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
    const auto longest = v4 ? address_bits - mapped_bits : address_bits;
    network.prefix_bits_ = address_bits;
    if (slash != std::string_view::npos) {
        const auto bits = config::parse_integer(text.substr(slash + 1), 0, longest);
        network.prefix_bits_ = static_cast<unsigned>(bits) + (v4 ? mapped_bits : 0);
    }
    network.first_ = masked(*address, network.prefix_bits_);
    if (network.first_ != *address) {
        throw Error(fmt::format("{} has bits set beyond its prefix", quoted(text)));
    }
    return network;
}

bool Network::contains(const Address& address) const noexcept {
    return masked(address, prefix_bits_) == first_;
}

} // namespace holdfast
