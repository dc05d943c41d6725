#include "core/reserved_port.hpp"
#include "support/catch.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

using namespace holdfast;

namespace {

/// errno of taking `port` on `address` as a server does, with SO_REUSEADDR or without; 0 is
/// success.
int listen_error(in_addr_t address, std::uint16_t port, int reuse) {
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) == 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(address);
    const bool listens =
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 &&
        ::listen(socket.get(), 1) == 0;
    return listens ? 0 : errno;
}

} // namespace

TEST_CASE("a reserved port is refused to strangers on every address and free to its server") {
    const ReservedPort port;
    constexpr in_addr_t another = INADDR_LOOPBACK + 1;
    for (const auto address : {INADDR_LOOPBACK, another, INADDR_ANY}) {
        CAPTURE(address);
        CHECK(listen_error(address, port.number(), 0) == EADDRINUSE);
        CHECK(listen_error(address, port.number(), 1) == 0);
        CHECK(listen_error(address, port.number(), 1) == 0);
    }
}

TEST_CASE("reserved ports differ") {
    const ReservedPort one;
    const ReservedPort other;
    CHECK(one.number() != other.number());
}
