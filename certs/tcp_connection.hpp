#pragma once

#include "core/unique_fd.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

struct sockaddr;

namespace holdfast::certs {

using Deadline = std::chrono::steady_clock::time_point;

/// Why there is no TCP connection, or no more of it.
enum class TcpFault {
    none,
    name_unknown,       ///< nobody knows the host's name
    name_server_silent, ///< who knows names does not answer
    refused,            ///< nothing listens on that port
    unreachable,        ///< no way to that address
    timed_out,
    reset, ///< the other end broke it
};

/// A TCP connection on which nothing takes longer than a deadline, names included.
class TcpConnection {
public:
    /// Tries every address of the host in turn. Ask fault() whether it worked.
    TcpConnection(const std::string& host, std::uint16_t port, Deadline deadline);

    TcpFault fault() const noexcept { return fault_; }
    /// The address that answered, or was tried last; empty as long as the name has none.
    const std::string& address() const noexcept { return address_; }
    bool resolved() const noexcept { return !address_.empty(); }

    /// Sends all of it. Never raises SIGPIPE.
    TcpFault send(std::string_view bytes, Deadline deadline);
    /// Waits for some bytes; `received` is 0 when the other end has finished.
    TcpFault receive(std::span<char> buffer, std::size_t& received, Deadline deadline);

private:
    TcpFault connect(const sockaddr& address, unsigned length, Deadline deadline);

    UniqueFd socket_;
    TcpFault fault_ = TcpFault::none;
    std::string address_;
};

} // namespace holdfast::certs
