#include "core/reserved_port.hpp"

#include "core/error.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

namespace holdfast {

ReservedPort::ReservedPort()
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const int yes = 1;
    // First bound without SO_REUSEADDR, so that the kernel gives a port that nobody else holds.
    if (!socket_ || ::bind(socket_.get(), generic, length) != 0 ||
        ::getsockname(socket_.get(), generic, &length) != 0 ||
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) {
        throw_errno("cannot reserve a TCP port");
    }
    number_ = ntohs(address.sin_port);
}

} // namespace holdfast
