#include "cli/cert/host_port.hpp"

#include "cli/options.hpp"
#include "config/quantity.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::cli {

namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view reason) {
    throw UsageError(fmt::format("{} is no server: {}; give HOST, HOST:PORT or [ADDRESS]:PORT",
                                 quoted(text), reason));
}

HostPort joined(std::string_view text, std::string_view host, std::string_view port) {
    if (host.empty()) {
        refuse(text, "the host is missing");
    }
    try {
        return {std::string(host), config::parse_port(port)};
    } catch (const Error& error) {
        refuse(text, error.what());
    }
}

} // namespace

HostPort parse_host_port(std::string_view text) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) {
            refuse(text, "the ']' is missing");
        }
        const auto host = text.substr(1, end - 1);
        const auto rest = text.substr(end + 1);
        if (rest.empty() && !host.empty()) {
            return {std::string(host)};
        }
        if (!rest.starts_with(':')) {
            refuse(text, "what follows ']' is no ':PORT'");
        }
        return joined(text, host, rest.substr(1));
    }
    const auto colons = std::count(text.begin(), text.end(), ':');
    if (colons == 1) {
        const auto colon = text.find(':');
        return joined(text, text.substr(0, colon), text.substr(colon + 1));
    }
    if (text.empty()) {
        refuse(text, "the host is missing");
    }
    return {std::string(text)};
}

} // namespace holdfast::cli
