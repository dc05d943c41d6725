#include "support/tcp_proxy.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <deque>
#include <future>
#include <set>
#include <string>
#include <thread>

namespace holdfast::test {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_queued_bytes = 4 * 1024 * 1024;

enum class Mode { pass, cut, black_hole };

struct State {
    Mode mode = Mode::pass;
    std::chrono::milliseconds latency{0};
    std::atomic<std::uint64_t> bytes_to_server{0};
    std::atomic<std::uint64_t> bytes_to_client{0};
    std::atomic<std::uint64_t> connections{0};
};

class Connection;

/// One direction of a connection.
class Pipe {
public:
    Pipe(Connection& owner, tcp::socket& from, tcp::socket& to, std::atomic<std::uint64_t>& passed)
        : owner_(owner)
        , from_(from)
        , to_(to)
        , passed_(passed)
        , due_(from.get_executor()) {}

    void read();
    void close() { due_.cancel(); }

private:
    struct Chunk {
        Clock::time_point due;
        std::string bytes;
    };

    void take(std::size_t size);
    void wait_for_first();
    void write_first();

    Connection& owner_;
    tcp::socket& from_;
    tcp::socket& to_;
    std::atomic<std::uint64_t>& passed_;
    asio::steady_timer due_;
    std::array<char, 16 * 1024> buffer_{};
    std::deque<Chunk> queue_;
    std::size_t queued_bytes_ = 0;
    bool reading_ = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(tcp::socket client, State& shared)
        : state(shared)
        , client_(std::move(client))
        , server_(client_.get_executor())
        , up_(*this, client_, server_, shared.bytes_to_server)
        , down_(*this, server_, client_, shared.bytes_to_client) {}

    void start(std::uint16_t server_port) {
        if (state.mode == Mode::black_hole) {
            swallowed = true;
            up_.read();
            return;
        }
        server_.async_connect({asio::ip::address_v4::loopback(), server_port},
                              [self = shared_from_this()](error_code error) {
                                  if (error) {
                                      self->close();
                                      return;
                                  }
                                  self->server_.set_option(tcp::no_delay(true));
                                  self->up_.read();
                                  self->down_.read();
                              });
    }

    void close() {
        error_code ignored; // an end that is closed already
        client_.close(ignored);
        server_.close(ignored);
        up_.close();
        down_.close();
    }

    bool open() const { return client_.is_open(); }

    State& state;
    bool swallowed = false;

private:
    tcp::socket client_;
    tcp::socket server_;
    Pipe up_;
    Pipe down_;
};

void Pipe::read() {
    reading_ = true;
    from_.async_read_some(asio::buffer(buffer_), [this, self = owner_.shared_from_this()](
                                                     error_code error, std::size_t size) {
        reading_ = false;
        if (error) {
            owner_.close();
            return;
        }
        take(size);
        if (queued_bytes_ < most_queued_bytes) {
            read();
        }
    });
}

void Pipe::take(std::size_t size) {
    if (owner_.state.mode == Mode::black_hole) {
        owner_.swallowed = true;
    }
    if (owner_.swallowed) {
        return;
    }
    queue_.push_back({Clock::now() + owner_.state.latency, std::string(buffer_.data(), size)});
    queued_bytes_ += size;
    if (queue_.size() == 1) {
        wait_for_first();
    }
}

void Pipe::wait_for_first() {
    if (queue_.front().due <= Clock::now()) {
        write_first();
        return;
    }
    due_.expires_at(queue_.front().due);
    due_.async_wait([this, self = owner_.shared_from_this()](error_code error) {
        if (!error) {
            write_first();
        }
    });
}

void Pipe::write_first() {
    // Before the write: once the other end has the bytes, the count shows them.
    passed_ += queue_.front().bytes.size();
    asio::async_write(to_, asio::buffer(queue_.front().bytes),
                      [this, self = owner_.shared_from_this()](error_code error, std::size_t size) {
                          if (error) {
                              owner_.close();
                              return;
                          }
                          queued_bytes_ -= size;
                          queue_.pop_front();
                          if (!queue_.empty()) {
                              wait_for_first();
                          }
                          if (!reading_) {
                              read();
                          }
                      });
}

} // namespace

class TcpProxy::Impl {
public:
    explicit Impl(std::uint16_t server_port)
        : port_holder_(bound_socket(0))
        , listener_(context_)
        , port(port_holder_.local_endpoint().port())
        , server_port_(server_port) {
        listen();
        thread_ = std::thread([this] { context_.run(); });
    }

    ~Impl() {
        context_.stop();
        thread_.join();
    }

    template <typename Change>
    void change(Change apply) {
        asio::post(context_, std::packaged_task<void()>([this, apply] { apply(*this); })).get();
    }

    void become(Mode mode, std::chrono::milliseconds latency = {}) {
        const bool was_cut = state.mode == Mode::cut;
        state.mode = mode;
        state.latency = latency;
        if (mode == Mode::cut && !was_cut) {
            listener_.close();
        }
        if (mode != Mode::cut && was_cut) {
            listen();
        }
    }

    void close_connections() {
        for (const auto& connection : connections_) {
            connection->close();
        }
        connections_.clear();
    }

private:
    // Sockets with SO_REUSEADDR may share a port while at most one listens.
    tcp::acceptor bound_socket(std::uint16_t port_number) {
        tcp::acceptor socket(context_, tcp::v4());
        socket.set_option(tcp::acceptor::reuse_address(true));
        socket.bind({asio::ip::address_v4::loopback(), port_number});
        return socket;
    }

    void listen() {
        listener_ = bound_socket(port);
        listener_.listen();
        accept();
    }

    void accept() {
        listener_.async_accept([this](error_code error, tcp::socket client) {
            if (error) {
                return; // cut
            }
            ++state.connections;
            client.set_option(tcp::no_delay(true));
            std::erase_if(connections_, [](const auto& connection) { return !connection->open(); });
            const auto connection = std::make_shared<Connection>(std::move(client), state);
            connections_.insert(connection);
            connection->start(server_port_);
            accept();
        });
    }

    asio::io_context context_;
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    tcp::acceptor port_holder_; // keeps the port while nothing listens on it
    tcp::acceptor listener_;
    std::set<std::shared_ptr<Connection>> connections_;

public:
    const std::uint16_t port;
    State state;

private:
    std::uint16_t server_port_;
    std::thread thread_;
};

TcpProxy::TcpProxy(std::uint16_t server_port)
    : impl_(std::make_unique<Impl>(server_port)) {}

TcpProxy::~TcpProxy() = default;

std::uint16_t TcpProxy::port() const noexcept {
    return impl_->port;
}

void TcpProxy::pass() {
    impl_->change([](Impl& impl) { impl.become(Mode::pass); });
}

void TcpProxy::cut() {
    impl_->change([](Impl& impl) {
        impl.become(Mode::cut);
        impl.close_connections();
    });
}

void TcpProxy::reset_connections() {
    impl_->change([](Impl& impl) { impl.close_connections(); });
}

void TcpProxy::black_hole() {
    impl_->change([](Impl& impl) { impl.become(Mode::black_hole); });
}

void TcpProxy::delay(std::chrono::milliseconds latency) {
    impl_->change([latency](Impl& impl) { impl.become(Mode::pass, latency); });
}

std::uint64_t TcpProxy::bytes_to_server() const noexcept {
    return impl_->state.bytes_to_server;
}

std::uint64_t TcpProxy::bytes_to_client() const noexcept {
    return impl_->state.bytes_to_client;
}

std::uint64_t TcpProxy::connections() const noexcept {
    return impl_->state.connections;
}

} // namespace holdfast::test
