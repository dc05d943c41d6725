#include "cli/cloud/address.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace holdfast::cli {

namespace {

constexpr std::uint16_t default_port = 8883;

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> schemes{
    {{"mosquitto://", "mosquitto"}, {"aws://", "aws-iot-core"}}};

[[noreturn]] void refuse(std::string_view text, std::string_view reason) {
    throw Error(fmt::format("the cloud {}: {}; it is mosquitto://HOST[:PORT] or "
                            "aws://ENDPOINT[:PORT]",
                            quoted(text), reason));
}

bool of_a_host(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
}

std::uint16_t parse_port(std::string_view digits, std::string_view text) {
    std::uint16_t port = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stopped, fault] = std::from_chars(digits.data(), end, port);
    if (fault != std::errc() || stopped != end || port == 0) {
        refuse(text, "the port is a number from 1 to 65535");
    }
    return port;
}

} // namespace

CloudAddress parse_cloud_address(std::string_view text) {
    const auto* const scheme =
        std::find_if(schemes.begin(), schemes.end(),
                     [text](const auto& known) { return text.starts_with(known.first); });
    if (scheme == schemes.end()) {
        refuse(text, "it does not say which kind of broker");
    }
    auto host = text.substr(scheme->first.size());
    auto port = default_port;
    if (const auto colon = host.rfind(':'); colon != std::string_view::npos) {
        port = parse_port(host.substr(colon + 1), text);
        host = host.substr(0, colon);
    }
    if (host.empty() || !std::all_of(host.begin(), host.end(), of_a_host)) {
        refuse(text, "the host is a name or an IPv4 address");
    }
    return {std::string(scheme->second), std::string(host), port};
}

std::string cloud_section(const CloudAddress& address) {
    return fmt::format("[cloud]\nkind = {}\naddress = {}\nport = {}\n", address.kind, address.host,
                       address.port);
}

} // namespace holdfast::cli
