#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace holdfast::test {

/// A TCP proxy on a loopback port, in a thread of its own: the network between two programs, with
/// faults. A change of mode is in force when the call returns.
class TcpProxy {
public:
    /// Passes to a server on this loopback port, which need not be there yet.
    explicit TcpProxy(std::uint16_t server_port);
    TcpProxy(const TcpProxy&) = delete;
    TcpProxy& operator=(const TcpProxy&) = delete;
    ~TcpProxy();

    std::uint16_t port() const noexcept;

    void pass();
    /// Closes every connection and refuses new ones; the port stays ours.
    void cut();
    /// Closes every connection once; new ones pass.
    void reset_connections();
    /// Connections stay open and new ones are accepted, but every byte is swallowed. A connection
    /// that lost bytes, or began, in the black hole stays in it until one end closes it; that it
    /// did the other end does not hear while the black hole lasts.
    void black_hole();
    /// Every packet vanishes: as black_hole(), and who connects anew hears nothing at all until
    /// packets pass again.
    void vanish();
    /// Passes, each byte late by this much in each direction.
    void delay(std::chrono::milliseconds latency);

    /// Passes no faster than this in each direction, in connections that begin from now on.
    void throttle(std::uint64_t bytes_per_second);
    /// Of the connections that begin from now on so many in a hundred break soon.
    void break_some(unsigned in_100, unsigned seed);

    /// Bytes passed on since the start.
    std::uint64_t bytes_to_server() const noexcept;
    std::uint64_t bytes_to_client() const noexcept;
    /// In black holes since the start.
    std::uint64_t bytes_swallowed() const noexcept;
    /// Connections accepted since the start.
    std::uint64_t connections() const noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace holdfast::test
