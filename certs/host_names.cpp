#include "certs/host_names.hpp"

#include "certs/alt_name.hpp"
#include "core/error.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <memory>

namespace holdfast::certs {

namespace {

struct InterfacesFree {
    void operator()(ifaddrs* list) const noexcept { ::freeifaddrs(list); }
};
using InterfacesHandle = std::unique_ptr<ifaddrs, InterfacesFree>;

InterfacesHandle interfaces() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) {
        throw_errno("cannot list the network interfaces");
    }
    return InterfacesHandle(list);
}

template <typename Address>
std::string raw(const Address& address) {
    return address_text({reinterpret_cast<const char*>(&address), sizeof address});
}

std::vector<std::string> interface_addresses() {
    const auto list = interfaces();
    std::vector<std::string> addresses;
    for (const auto* entry = list.get(); entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr) {
            continue;
        }
        if (entry->ifa_addr->sa_family == AF_INET) {
            addresses.push_back(
                raw(reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr));
        } else if (entry->ifa_addr->sa_family == AF_INET6) {
            addresses.push_back(
                raw(reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr));
        }
    }
    return addresses;
}

std::string own_hostname() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) {
        throw_errno("cannot read the host name");
    }
    return name.data();
}

/// 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291), in the writing of AltName.
bool is_link_local(const std::string& address) {
    return address.starts_with("169.254.") || address.starts_with("fe8") ||
           address.starts_with("fe9") || address.starts_with("fea") || address.starts_with("feb");
}

std::vector<std::string> names_from(std::string_view hostname) {
    const auto first = hostname.substr(0, hostname.find('.'));
    std::vector<std::string> names{std::string(hostname), std::string(first)};
    if (first != "localhost") {
        names.push_back(std::string(first) + ".local");
    }
    return names;
}

} // namespace

std::vector<std::string> server_names(std::string_view hostname,
                                      std::span<const std::string> addresses,
                                      std::span<const std::string> extra) {
    std::vector<std::string> names;
    const auto add = [&names](const AltName& name) {
        if (std::find(names.begin(), names.end(), name.str()) == names.end()) {
            names.push_back(name.str());
        }
    };
    for (const auto& name : names_from(hostname)) {
        try {
            add(AltName(name));
        } catch (const Error&) { // nobody can reach the machine by such a name
        }
    }
    for (const auto* name : {"localhost", "127.0.0.1", "::1"}) {
        add(AltName(name));
    }
    for (const auto& address : addresses) {
        const AltName name(address);
        if (!is_link_local(name.str())) {
            add(name);
        }
    }
    for (const auto& name : extra) {
        add(AltName(name));
    }
    return names;
}

std::vector<std::string> host_names(std::span<const std::string> extra) {
    return server_names(own_hostname(), interface_addresses(), extra);
}

} // namespace holdfast::certs
