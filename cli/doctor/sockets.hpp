#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::cli::doctor {

struct ListeningSocket {
    std::string address; ///< `0.0.0.0`, `::1`
    std::uint16_t port;
    std::uint64_t inode;

    bool on_loopback() const;
    bool on_all() const { return address == "0.0.0.0" || address == "::"; }
};

/// The listening sockets of /proc/net/tcp or tcp6 (proc(5)); lines that are none are passed over.
/// Pure.
std::vector<ListeningSocket> parse_sockets(std::string_view text);

/// All of them, of both families.
std::vector<ListeningSocket> listening_sockets(const std::filesystem::path& proc);

/// Whether the process holds that socket; false, too, where we may not look.
bool holds(const std::filesystem::path& proc, pid_t process, std::uint64_t inode);

} // namespace holdfast::cli::doctor
