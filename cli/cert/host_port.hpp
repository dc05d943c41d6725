#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::cli {

struct HostPort {
    std::string host;
    std::optional<std::uint16_t> port{};
};

/// `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`, or an IPv6 address alone. Throws UsageError.
HostPort parse_host_port(std::string_view text);

} // namespace holdfast::cli
