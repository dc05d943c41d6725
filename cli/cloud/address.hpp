#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::cli {

/// Where a cloud broker is, as one word of a call: `mosquitto://HOST[:PORT]` or
/// `aws://ENDPOINT[:PORT]`.
struct CloudAddress {
    std::string kind; ///< as in `[cloud] kind`
    std::string host; ///< a name or an IPv4 address
    std::uint16_t port;

    bool operator==(const CloudAddress&) const = default;
};

/// Throws Error that says which part is wrong and what it has to look like.
CloudAddress parse_cloud_address(std::string_view text);

/// The section of holdfast.conf that names it.
std::string cloud_section(const CloudAddress& address);

} // namespace holdfast::cli
