#include "certs/tcp_connection.hpp"

#include "core/error.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <memory>
#include <thread>

namespace holdfast::certs {

namespace {

using std::chrono::steady_clock;

struct AddressesFree {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesFree>;

struct Lookup {
    int result = 0; ///< EAI_*
    Addresses addresses{};
};

Lookup look_up(const std::string& host, const std::string& port, int flags = 0) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | flags;
    addrinfo* list = nullptr;
    const int result = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    return {result, Addresses(list)};
}

/// For names the resolver knows no deadline: it gets a thread of its own, which is left to itself
/// when it takes too long, and owns all that it uses.
TcpFault resolve(const std::string& host, std::uint16_t port, Deadline deadline,
                 Addresses& addresses) {
    const auto service = std::to_string(port);
    if (auto lookup = look_up(host, service, AI_NUMERICHOST); lookup.result == 0) {
        addresses = std::move(lookup.addresses);
        return TcpFault::none;
    }
    std::packaged_task<Lookup()> task([host, service] { return look_up(host, service); });
    auto answer = task.get_future();
    std::thread(std::move(task)).detach();
    if (answer.wait_until(deadline) != std::future_status::ready) {
        return TcpFault::name_server_silent;
    }
    auto lookup = answer.get();
    addresses = std::move(lookup.addresses);
    switch (lookup.result) {
    case 0:
        return TcpFault::none;
    case EAI_AGAIN:
        return TcpFault::name_server_silent;
    default:
        return TcpFault::name_unknown;
    }
}

std::string text_of(const addrinfo& entry) {
    std::array<char, NI_MAXHOST> text{};
    ::getnameinfo(entry.ai_addr, entry.ai_addrlen, text.data(), text.size(), nullptr, 0,
                  NI_NUMERICHOST);
    return text.data();
}

TcpFault fault_of(int code) {
    switch (code) {
    case 0:
        return TcpFault::none;
    case ECONNREFUSED:
        return TcpFault::refused;
    case ETIMEDOUT:
        return TcpFault::timed_out;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
        return TcpFault::reset;
    default:
        return TcpFault::unreachable;
    }
}

bool ready(int socket, short events, Deadline deadline) {
    pollfd waited{socket, events, 0};
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
        const int result = ::poll(&waited, 1, static_cast<int>(std::max<long>(left, 0)));
        if (result >= 0 || errno != EINTR) {
            return result > 0;
        }
    }
}

std::size_t length_of(const addrinfo* list) {
    std::size_t length = 0;
    for (; list != nullptr; list = list->ai_next) {
        ++length;
    }
    return length;
}

} // namespace

TcpConnection::TcpConnection(const std::string& host, std::uint16_t port, Deadline deadline) {
    Addresses addresses;
    fault_ = resolve(host, port, deadline, addresses);
    auto left = static_cast<long>(length_of(addresses.get()));
    for (const auto* entry = addresses.get(); entry != nullptr; entry = entry->ai_next, --left) {
        const auto now = steady_clock::now();
        address_ = text_of(*entry);
        fault_ = connect(*entry->ai_addr, entry->ai_addrlen, now + (deadline - now) / left);
        if (fault_ == TcpFault::none) {
            return;
        }
    }
}

TcpFault TcpConnection::connect(const sockaddr& address, unsigned length, Deadline deadline) {
    socket_ = UniqueFd(
        ::socket(address.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (!socket_) {
        return fault_of(errno);
    }
    if (::connect(socket_.get(), &address, length) == 0) {
        return TcpFault::none;
    }
    if (errno != EINPROGRESS) {
        return fault_of(errno);
    }
    if (!ready(socket_.get(), POLLOUT, deadline)) {
        return TcpFault::timed_out;
    }
    int code = 0;
    socklen_t size = sizeof code;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &code, &size);
    return fault_of(code);
}

TcpFault TcpConnection::send(std::string_view bytes, Deadline deadline) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EAGAIN && errno != EINTR) {
            return fault_of(errno);
        } else if (!ready(socket_.get(), POLLOUT, deadline)) {
            return TcpFault::timed_out;
        }
    }
    return TcpFault::none;
}

TcpFault TcpConnection::receive(std::span<char> buffer, std::size_t& received, Deadline deadline) {
    for (;;) {
        const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (size >= 0) {
            received = static_cast<std::size_t>(size);
            return TcpFault::none;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return fault_of(errno);
        }
        if (!ready(socket_.get(), POLLIN, deadline)) {
            return TcpFault::timed_out;
        }
    }
}

} // namespace holdfast::certs
