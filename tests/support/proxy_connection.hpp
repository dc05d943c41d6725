#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace holdfast::test {

enum class ProxyMode { pass, cut, black_hole, vanish };

/// What all connections of a proxy share; but for the counts, only its thread may touch it.
struct ProxyState {
    bool swallows() const noexcept {
        return mode == ProxyMode::black_hole || mode == ProxyMode::vanish;
    }

    ProxyMode mode = ProxyMode::pass;
    std::chrono::milliseconds latency{0};
    std::uint64_t bytes_per_second = 0; ///< each way; 0: no limit
    unsigned resets_in_100 = 0;         ///< of the connections that begin
    std::mt19937 random{};
    std::atomic<std::uint64_t> bytes_to_server{0};
    std::atomic<std::uint64_t> bytes_to_client{0};
    std::atomic<std::uint64_t> bytes_swallowed{0};
    std::atomic<std::uint64_t> connections{0};
};

class ProxyConnection;

/// One direction of a connection.
class ProxyPipe {
public:
    ProxyPipe(ProxyConnection& owner, boost::asio::ip::tcp::socket& from,
              boost::asio::ip::tcp::socket& to, std::atomic<std::uint64_t>& passed)
        : owner_(owner)
        , from_(from)
        , to_(to)
        , passed_(passed)
        , due_(from.get_executor()) {}

    void read();
    void close() { due_.cancel(); }

private:
    struct Chunk {
        std::chrono::steady_clock::time_point due;
        std::string bytes;
    };

    void take(std::string bytes);
    void queue_segments(const std::string& bytes, std::uint64_t rate);
    void wait_for_first();
    void write_first();

    ProxyConnection& owner_;
    boost::asio::ip::tcp::socket& from_;
    boost::asio::ip::tcp::socket& to_;
    std::atomic<std::uint64_t>& passed_;
    boost::asio::steady_timer due_;
    std::array<char, 16 * 1024> buffer_{};
    std::deque<Chunk> queue_;
    std::size_t queued_bytes_ = 0;
    std::chrono::steady_clock::time_point free_{}; ///< when the line has sent what it has
    bool reading_ = false;
};

/// A connection of a client, and the one to the server that it is passed on to.
class ProxyConnection : public std::enable_shared_from_this<ProxyConnection> {
public:
    ProxyConnection(boost::asio::ip::tcp::socket client, ProxyState& shared)
        : state(shared)
        , client_(std::move(client))
        , server_(client_.get_executor())
        , up_(*this, client_, server_, shared.bytes_to_server)
        , down_(*this, server_, client_, shared.bytes_to_client) {}

    void start(std::uint16_t server_port);
    void close();
    bool open() const { return client_.is_open() || server_.is_open(); }
    /// One of its two ends is gone. In a black hole the other never hears of it.
    void end_of(boost::asio::ip::tcp::socket& end);
    /// So many bytes more have come; whether the connection is to break now.
    bool breaks(std::size_t bytes);

    ProxyState& state;
    bool swallowed = false;
    std::optional<std::uint64_t> resets_after; ///< so many bytes

private:
    boost::asio::ip::tcp::socket client_;
    boost::asio::ip::tcp::socket server_;
    ProxyPipe up_;
    ProxyPipe down_;
};

} // namespace holdfast::test
